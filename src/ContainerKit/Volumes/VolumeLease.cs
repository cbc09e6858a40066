using System.Collections.Frozen;

namespace ContainerKit.Volumes;

/// <summary>A use of volumes.</summary>
/// <param name="drivers">Whose the volumes are, by name.</param>
/// <param name="directories">Where the volumes of drivers are, by name.</param>
/// <param name="releases">What ends the use.</param>
internal sealed class VolumeLease(FrozenDictionary<string, string> drivers, FrozenDictionary<string, string> directories, List<Func<ValueTask>> releases) : IAsyncDisposable
{
    /// <summary>The driver of one of the volumes, also when it is removed meanwhile.</summary>
    internal string DriverOf(string volume) => drivers[volume];

    /// <summary>Where a volume is; null where the data root, or the volume itself, says so.</summary>
    internal string? Find(string volume) => directories.GetValueOrDefault(volume);

    /// <summary>Ends the use of all of them, whichever fails.</summary>
    public async ValueTask DisposeAsync()
    {
        List<Exception> failures = [];
        foreach (Func<ValueTask> release in releases)
        {
            try
            {
                await release().ConfigureAwait(false);
            }
#pragma warning disable CA1031 // a driver may throw anything; all of it is thrown below
            catch (Exception e)
#pragma warning restore CA1031
            {
                failures.Add(e);
            }
        }

        releases.Clear();
        if (failures.Count > 0)
            throw failures.Count == 1 ? failures[0] : new AggregateException(failures);
    }
}

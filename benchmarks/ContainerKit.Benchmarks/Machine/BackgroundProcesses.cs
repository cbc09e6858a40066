using System.Diagnostics;

namespace ContainerKit.Benchmarks.Machine;

/// <summary>The processes of a peer that mention its directory on their command line: daemons, shims, monitors, and
/// whatever a command that has ended left to finish its work.</summary>
internal sealed class BackgroundProcesses(string home)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private IReadOnlyCollection<int> _lasting = [];

    /// <summary>Those that live now.</summary>
    public IReadOnlyCollection<int> Find() => ProcessTable.FindByCommandLine(home);

    /// <summary>Takes the present ones for lasting: <see cref="WaitForOthersAsync"/> does not wait for them.</summary>
    public void TakeForLasting() => _lasting = Find();

    /// <summary>Waits until all but the lasting ones have ended.</summary>
    /// <exception cref="PeerFailedException">They did not in 30 seconds.</exception>
    public async Task WaitForOthersAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.StartNew();
        while (Find().Except(_lasting).ToList() is { Count: > 0 } others)
        {
            if (started.Elapsed > Limit)
                throw new PeerFailedException($"processes do not end: {string.Join(", ", others.Select(id => $"{id} {ProcessTable.NameOf(id)}"))}");
            await Task.Delay(10, cancellationToken);
        }
    }

    /// <summary>Waits until all have ended.</summary>
    /// <exception cref="PeerFailedException">They did not in 30 seconds.</exception>
    public Task WaitForAllAsync()
    {
        _lasting = [];
        return WaitForOthersAsync(CancellationToken.None);
    }
}

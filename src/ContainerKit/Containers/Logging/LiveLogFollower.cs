namespace ContainerKit.Containers;

/// <summary>Follows the log of a container that this process runs.</summary>
internal sealed class LiveLogFollower(JsonFileLog log) : ILogFollower
{
    /// <summary>The number of the next file to open; the log counts its files.</summary>
    private long _next;

    public List<LogFile> OpenAll() => log.OpenAll(out _next, forFollower: true);

    public ValueTask<LogChange> WaitAsync(long known, CancellationToken cancellationToken) => log.WaitAsync(_next, known, cancellationToken);

    public List<LogFile> OpenNewer() => log.OpenNewer(ref _next);
}

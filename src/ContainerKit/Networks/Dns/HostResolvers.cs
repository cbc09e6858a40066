namespace ContainerKit.Networks.Dns;

/// <summary>The host's resolv.conf(5), read again when it has changed: a laptop changes networks while containers run.</summary>
/// <param name="time">How often it is looked at.</param>
/// <param name="path">The file.</param>
internal sealed class HostResolvers(TimeProvider time, string path = "/etc/resolv.conf")
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private ResolverConfiguration _current = new();
    private (DateTime Written, long Length) _version;
    private long _lookedAt;
    private bool _isRead;

    /// <summary>What the file says now. A file that is missing or can't be read is as an empty one.</summary>
    internal ResolverConfiguration Current
    {
        get
        {
            lock (_gate)
            {
                if (!_isRead || time.GetElapsedTime(_lookedAt) >= s_interval)
                {
                    Look();
                    (_lookedAt, _isRead) = (time.GetTimestamp(), true);
                }

                return _current;
            }
        }
    }

    private void Look()
    {
        try
        {
            // Often a link, and what it leads to is what changes.
            FileInfo file = new(path);
            FileSystemInfo target = file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
            (DateTime, long) version = (target.LastWriteTimeUtc, target is FileInfo { Exists: true } found ? found.Length : -1);
            if (!_isRead || version != _version)
            {
                _current = ResolverConfiguration.Parse(File.ReadAllText(path));
                _version = version;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            (_current, _version) = (new ResolverConfiguration(), default);
        }
    }
}

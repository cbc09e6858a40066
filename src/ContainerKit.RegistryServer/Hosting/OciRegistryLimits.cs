namespace ContainerKit.RegistryServer;

/// <summary>Bounds on what clients of an <see cref="OciRegistry"/> can use up.</summary>
public sealed record OciRegistryLimits
{
    /// <summary>The largest manifest or index, in bytes. Default 4 MiB, which is also the most.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, or above 4 MiB.</exception>
    public int MaxManifestSize
    {
        get;
        init => field = value is > 0 and <= 4 << 20 ? value : throw new ArgumentOutOfRangeException(nameof(MaxManifestSize), value, "1 byte to 4 MiB");
    } = 4 << 20;

    /// <summary>The largest blob, in bytes. Default 100 GiB.</summary>
    public long MaxBlobSize { get; init; } = 100L << 30;

    /// <summary>How many uploads may be unfinished at once, in all repositories. Default 1000.</summary>
    public int MaxUploads { get; init; } = 1000;

    /// <summary>An upload of which nothing has come for this long is removed. Default 1 hour.</summary>
    public TimeSpan UploadIdleTime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How many tags a repository may have; null, the default: any number.</summary>
    public int? MaxTagsPerRepository { get; init; }

    /// <summary>How many bytes of blobs a repository may have; blobs that it shares with others count in each. Null, the default: any number.</summary>
    public long? RepositoryQuota { get; init; }

    /// <summary>Other quotas for some repositories: patterns as in <see cref="OciRegistryAccessRule.Repositories"/>; the first that fits counts. Default: none.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> RepositoryQuotas { get; init; } = [];

    /// <summary>How many connections there may be at once. Default 10,000. For <see cref="OciRegistryServer"/> only.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>
    /// Bytes per second that a client has to send of a body, or to take of an answer, on average after the first seconds; who is slower is cut off. Default 240.
    /// For <see cref="OciRegistryServer"/> only.
    /// </summary>
    public int MinBytesPerSecond { get; init; } = 240;

    /// <summary>
    /// How long a client may take for the head of a request, and for the handshake of TLS, however it sends them; who takes longer is cut off. Default 15 s. For
    /// <see cref="OciRegistryServer"/> only.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public TimeSpan RequestHeadTimeout
    {
        get;
        init => field = value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(RequestHeadTimeout), value, "more than no time");
    } = TimeSpan.FromSeconds(15);

    /// <summary>How long a connection may wait for its next request. Default 2 minutes. For <see cref="OciRegistryServer"/> only.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public TimeSpan ConnectionIdleTimeout
    {
        get;
        init => field = value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(ConnectionIdleTimeout), value, "more than no time");
    } = TimeSpan.FromMinutes(2);

    internal long? QuotaOf(string repository)
    {
        foreach ((string pattern, long bytes) in RepositoryQuotas)
        {
            if (Access.RepositoryPattern.Matches(pattern, repository, null))
                return bytes;
        }

        return RepositoryQuota;
    }
}

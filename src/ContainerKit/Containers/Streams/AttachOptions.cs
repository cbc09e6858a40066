namespace ContainerKit;

/// <summary>How <see cref="Container.AttachAsync"/> buffers.</summary>
public sealed record AttachOptions
{
    /// <summary>What is kept of each stream for a reader that lags behind. Default 1 MiB.</summary>
    public ByteSize BufferSize { get; init; } = ByteSize.MiB(1);

    /// <summary>
    /// How long a full buffer may hold the container's output back. After that the attachment ends with an <see cref="IOException"/> at its
    /// readers, so that a reader that stopped reading can't stop the container. Default 10 s.
    /// </summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// True: to a container that has ended one attaches for its next run, as <c>docker start -a</c> does before the start. Default false: that is an error.
    /// </summary>
    public bool NextRun { get; init; }

    internal void Validate()
    {
        if (BufferSize.Bytes < 1)
            throw new ArgumentException($"{nameof(BufferSize)} '{BufferSize}' is not allowed: expected at least 1 byte.");
        if (StallTimeout < TimeSpan.Zero)
            throw new ArgumentException($"{nameof(StallTimeout)} '{StallTimeout}' is not allowed: expected a time that is not negative.");
    }
}

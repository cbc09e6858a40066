namespace ContainerKit;

/// <summary>How the output of a container is kept.</summary>
public sealed record LogOptions
{
    /// <summary>Where it goes. Default <see cref="LogDriver.JsonFile"/>.</summary>
    public LogDriver Driver { get; init; }

    /// <summary>
    /// The size from which on a new file is begun, more than 0 bytes; a file exceeds it by at most what one read of the output gave. Null: the one
    /// file grows without bound.
    /// </summary>
    public ByteSize? MaximumSize { get; init; }

    /// <summary>How many files are kept, the present one included; at least 1. With 1 a full file is emptied. Default 1. Needs <see cref="MaximumSize"/>.</summary>
    public int MaximumFiles { get; init; } = 1;

    /// <summary>True: full files are compressed by gzip. Needs more than one file. Default false.</summary>
    public bool Compress { get; init; }

    /// <summary>Output is not kept.</summary>
    public static LogOptions None { get; } = new() { Driver = LogDriver.None };
}

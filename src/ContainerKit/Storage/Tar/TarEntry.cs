namespace ContainerKit.Storage.Tar;

/// <summary>One entry of an archive, extended headers applied. Names are bytes as they are in the archive.</summary>
internal sealed record TarEntry
{
    public required TarEntryType Type { get; init; }

    /// <summary>The path; may hold anything but NUL.</summary>
    public required byte[] Name { get; init; }

    /// <summary>The target of a link.</summary>
    public required byte[] LinkName { get; init; }

    /// <summary>The lower 12 bits of the mode.</summary>
    public required uint Mode { get; init; }

    public required uint UserId { get; init; }

    public required uint GroupId { get; init; }

    /// <summary>The file's size in bytes, holes included; 0 for everything but regular files.</summary>
    public required long Size { get; init; }

    public required TarTime ModifiedTime { get; init; }

    public uint DeviceMajor { get; init; }

    public uint DeviceMinor { get; init; }

    /// <summary>Extended attributes with their namespace (<c>SCHILY.xattr</c> records).</summary>
    public IReadOnlyList<TarAttribute> Attributes { get; init; } = [];

    /// <summary>Where a sparse file has data, ascending; null for an ordinary file.</summary>
    public IReadOnlyList<TarExtent>? Extents { get; init; }
}

/// <summary>Seconds since 1970, which may be negative, and the nanoseconds (0 to 999999999) that are added.</summary>
internal readonly record struct TarTime(long Seconds, uint Nanoseconds);

/// <summary>An extended attribute.</summary>
internal readonly record struct TarAttribute(byte[] Name, byte[] Value);

/// <summary>A stretch of a sparse file that has data.</summary>
internal readonly record struct TarExtent(long Offset, long Length);

/// <summary>A piece of a file's content and where it belongs; valid until the next read.</summary>
internal readonly record struct TarData(long Offset, ReadOnlyMemory<byte> Content);

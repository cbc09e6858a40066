namespace ContainerKit.Storage.Tar;

/// <summary>The 512 bytes before each entry: V7, POSIX ustar and GNU.</summary>
internal readonly ref struct TarHeader
{
    private const int ChecksumOffset = 148;
    private const int ChecksumLength = 8;

    private readonly ReadOnlySpan<byte> _block;

    /// <summary>Takes a block; <see cref="VerifyChecksum"/> is called once for each.</summary>
    public TarHeader(ReadOnlySpan<byte> block) => _block = block;

    public byte TypeFlag => _block[156];

    public long Mode => Number(100, 8, "mode");

    public long UserId => Number(108, 8, "user id");

    public long GroupId => Number(116, 8, "group id");

    public long Size => Number(124, 12, "size");

    public long ModifiedSeconds => Number(136, 12, "time");

    public ReadOnlySpan<byte> LinkName => Text(157, 100);

    public long DeviceMajor => IsUstarOrGnu ? Number(329, 8, "device number") : 0;

    public long DeviceMinor => IsUstarOrGnu ? Number(337, 8, "device number") : 0;

    /// <summary>Size of an old GNU sparse file with its holes.</summary>
    public long SparseRealSize => Number(483, 12, "size");

    /// <summary>The first extents of an old GNU sparse file.</summary>
    public ReadOnlySpan<byte> SparseMap => _block.Slice(386, 4 * 24);

    /// <summary>True when blocks with further extents follow.</summary>
    public bool HasSparseExtension => _block[482] != 0;

    private bool IsUstarOrGnu => _block.Slice(257, 5).SequenceEqual("ustar"u8);

    public byte[] GetName()
    {
        ReadOnlySpan<byte> name = Text(0, 100);
        // Only POSIX has the prefix; GNU ("ustar" and two spaces) keeps other things there, and so does star behind byte 130.
        bool posix = _block.Slice(257, 6).SequenceEqual("ustar\0"u8);
        bool star = posix && _block.Slice(508, 4).SequenceEqual("tar\0"u8);
        ReadOnlySpan<byte> prefix = posix ? Text(345, star ? 131 : 155) : default;
        return prefix.IsEmpty ? name.ToArray() : [.. prefix, (byte)'/', .. name];
    }

    private long Number(int offset, int length, string what) => TarNumber.ParseField(_block.Slice(offset, length), what);

    private ReadOnlySpan<byte> Text(int offset, int length)
    {
        ReadOnlySpan<byte> field = _block.Slice(offset, length);
        int end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }

    /// <summary>Requires that the block is a header at all.</summary>
    /// <exception cref="InvalidContentException">The checksum is wrong.</exception>
    public void VerifyChecksum()
    {
        long unsigned = 0;
        long signed = 0;
        for (int i = 0; i < _block.Length; i++)
        {
            byte value = i is >= ChecksumOffset and < ChecksumOffset + ChecksumLength ? (byte)' ' : _block[i];
            unsigned += value;
            signed += (sbyte)value;
        }
        // Some old tars summed signed characters.
        long stored = Number(ChecksumOffset, ChecksumLength, "header checksum");
        if (stored != unsigned && stored != signed)
        {
            throw new InvalidContentException("This is not a tar archive, or it is damaged: a header's checksum is wrong.");
        }
    }
}

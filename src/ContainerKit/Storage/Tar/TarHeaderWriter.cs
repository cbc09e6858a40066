using System.Globalization;
using System.Text;

namespace ContainerKit.Storage.Tar;

/// <summary>The blocks before an entry's content.</summary>
internal static class TarHeaderWriter
{
    private const int NameLength = 100;
    private const int PrefixOffset = 345;
    private const int PrefixLength = 155;
    private const long MaxOctal8 = 0x1FFFFF; // seven octal digits
    private const long MaxOctal12 = 0x1FFFFFFFF; // eleven octal digits

    /// <summary>The header, with a PAX header before it where the entry needs one.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="stored">Bytes that follow, without padding.</param>
    public static byte[] Encode(TarEntry entry, long stored)
    {
        var pax = new PaxBuilder();
        byte[] name = entry.Name;
        if (entry.Extents is not null)
        {
            pax.Add("GNU.sparse.major", "1");
            pax.Add("GNU.sparse.minor", "0");
            pax.Add("GNU.sparse.name", entry.Name);
            pax.Add("GNU.sparse.realsize", Number(entry.Size));
            name = [.. "GNUSparseFile.0/"u8, .. name.AsSpan(name.AsSpan().LastIndexOf((byte)'/') + 1)];
        }
        byte[] block = new byte[TarInput.BlockSize];
        SetName(block, name, entry.Extents is null ? pax : null);
        SetText(block, 157, NameLength, entry.LinkName, "linkpath", pax);
        SetOctal(block, 100, 8, entry.Mode);
        SetNumber(block, 108, 8, entry.UserId, MaxOctal8, "uid", pax);
        SetNumber(block, 116, 8, entry.GroupId, MaxOctal8, "gid", pax);
        SetNumber(block, 124, 12, stored, MaxOctal12, "size", pax);
        SetTime(block, entry.ModifiedTime, pax);
        foreach (TarAttribute attribute in entry.Attributes)
        {
            pax.Add("SCHILY.xattr." + Encoding.Latin1.GetString(attribute.Name), attribute.Value);
        }
        SetOctal(block, 329, 8, entry.DeviceMajor);
        SetOctal(block, 337, 8, entry.DeviceMinor);
        Finish(block, (byte)entry.Type);
        return pax.IsEmpty ? block : [.. EncodePax(pax.ToArray()), .. block];
    }

    /// <summary>Format 1.0's map: decimal lines, padded to a block.</summary>
    public static byte[] EncodeSparseMap(TarEntry entry)
    {
        IReadOnlyList<TarExtent> extents = entry.Extents!;
        long end = extents.Count == 0 ? 0 : extents[^1].Offset + extents[^1].Length;
        bool endsWithHole = end < entry.Size;
        var map = new StringBuilder();
        map.Append(CultureInfo.InvariantCulture, $"{extents.Count + (endsWithHole ? 1 : 0)}\n");
        foreach (TarExtent extent in extents)
        {
            map.Append(CultureInfo.InvariantCulture, $"{extent.Offset}\n{extent.Length}\n");
        }
        if (endsWithHole)
        {
            // GNU tar knows by an empty extent how far the file goes on.
            map.Append(CultureInfo.InvariantCulture, $"{entry.Size}\n0\n");
        }
        byte[] blocks = new byte[(map.Length + TarInput.BlockSize - 1) & ~(TarInput.BlockSize - 1)];
        Encoding.ASCII.GetBytes(map.ToString(), blocks);
        return blocks;
    }

    private static byte[] EncodePax(byte[] records)
    {
        byte[] header = new byte[TarInput.BlockSize + ((records.Length + TarInput.BlockSize - 1) & ~(TarInput.BlockSize - 1))];
        Span<byte> block = header.AsSpan(0, TarInput.BlockSize);
        "PaxHeaders.0/entry"u8.CopyTo(block);
        SetOctal(block, 100, 8, 0x1A4);
        SetOctal(block, 108, 8, 0);
        SetOctal(block, 116, 8, 0);
        SetOctal(block, 124, 12, records.Length);
        SetOctal(block, 136, 12, 0);
        SetOctal(block, 329, 8, 0);
        SetOctal(block, 337, 8, 0);
        Finish(block, (byte)'x');
        records.CopyTo(header, TarInput.BlockSize);
        return header;
    }

    private static void Finish(Span<byte> block, byte type)
    {
        block[156] = type;
        "ustar\0"u8.CopyTo(block[257..]);
        "00"u8.CopyTo(block[263..]);
        block.Slice(148, 8).Fill((byte)' ');
        long sum = 0;
        foreach (byte value in block)
        {
            sum += value;
        }
        SetOctal(block, 148, 7, sum);
    }

    private static void SetName(Span<byte> block, byte[] name, PaxBuilder? pax)
    {
        bool inHeader = name.Length <= NameLength;
        if (inHeader)
        {
            name.CopyTo(block);
        }
        else if (FindSplit(name) is var split and > 0)
        {
            name.AsSpan(0, split).CopyTo(block[PrefixOffset..]);
            name.AsSpan(split + 1).CopyTo(block);
            inHeader = true;
        }
        else
        {
            name.AsSpan(0, NameLength).CopyTo(block);
        }
        if (!inHeader || IsText(name))
        {
            pax?.Add("path", name);
        }
    }

    /// <summary>The slash that leaves at most 155 bytes before it and 100 behind; 0 for none.</summary>
    private static int FindSplit(byte[] name)
    {
        int limit = Math.Min(PrefixLength, name.Length - 2);
        int split = limit < 1 ? -1 : name.AsSpan(0, limit + 1).LastIndexOf((byte)'/');
        return split > 0 && name.Length - split - 1 <= NameLength ? split : 0;
    }

    private static void SetText(Span<byte> block, int offset, int length, byte[] text, string key, PaxBuilder pax)
    {
        text.AsSpan(0, Math.Min(length, text.Length)).CopyTo(block[offset..]);
        if (text.Length > length || IsText(text))
        {
            pax.Add(key, text);
        }
    }

    /// <summary>PAX values are UTF-8, so that a name with other letters than ASCII's is said there; other bytes can only be in the header.</summary>
    private static bool IsText(byte[] name) => !Ascii.IsValid(name) && System.Text.Unicode.Utf8.IsValid(name);

    private static void SetNumber(Span<byte> block, int offset, int length, long value, long max, string key, PaxBuilder pax)
    {
        if (value > max)
        {
            pax.Add(key, Number(value));
            value = 0;
        }
        SetOctal(block, offset, length, value);
    }

    private static void SetTime(Span<byte> block, TarTime time, PaxBuilder pax)
    {
        bool fits = time.Seconds is >= 0 and <= MaxOctal12;
        SetOctal(block, 136, 12, fits ? time.Seconds : 0);
        if (fits && time.Nanoseconds == 0)
        {
            return;
        }
        // The kernel's -2 s + 0.75 s is written as -1.25.
        bool negative = time.Seconds < 0 && time.Nanoseconds > 0;
        Int128 whole = negative ? -((Int128)time.Seconds + 1) : time.Seconds;
        uint nanoseconds = negative ? 1_000_000_000 - time.Nanoseconds : time.Nanoseconds;
        string fraction = nanoseconds == 0 ? "" : "." + nanoseconds.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0');
        pax.Add("mtime", string.Create(CultureInfo.InvariantCulture, $"{(negative ? "-" : "")}{whole}{fraction}"));
    }

    private static void SetOctal(Span<byte> block, int offset, int length, long value)
    {
        for (int i = length - 2; i >= 0; i--, value >>= 3)
        {
            block[offset + i] = (byte)('0' + (value & 7));
        }
        block[offset + length - 1] = 0;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}

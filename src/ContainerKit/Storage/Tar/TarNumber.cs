using System.Buffers.Text;

namespace ContainerKit.Storage.Tar;

/// <summary>Numbers as headers and PAX records write them. What does not fit or is malformed is an error.</summary>
internal static class TarNumber
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>A header's field: octal digits, or GNU's base 256 (first bit set; two's complement).</summary>
    public static long ParseField(ReadOnlySpan<byte> field, string what)
    {
        if ((field[0] & 0x80) != 0)
        {
            return ParseBase256(field, what);
        }
        field = field.Trim(" \0"u8);
        int end = field.IndexOf((byte)0);
        field = end < 0 ? field : field[..end].TrimEnd((byte)' ');
        long value = 0;
        foreach (byte digit in field)
        {
            if (digit is < (byte)'0' or > (byte)'7' || value > long.MaxValue >> 3)
            {
                throw Malformed(what);
            }
            value = (value << 3) | (uint)(digit - '0');
        }
        return value;
    }

    /// <summary>A PAX record's integer.</summary>
    public static long ParseDecimal(ReadOnlySpan<byte> text, string what)
        => Utf8Parser.TryParse(text, out long value, out int consumed) && consumed == text.Length ? value : throw Malformed(what);

    /// <summary>A PAX record's time: seconds with an optional fraction, of which nanoseconds are kept.</summary>
    public static TarTime ParseTime(ReadOnlySpan<byte> text, string what)
    {
        int point = text.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = point < 0 ? text : text[..point];
        ReadOnlySpan<byte> fraction = point < 0 ? default : text[(point + 1)..];
        if (fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            throw Malformed(what);
        }
        long seconds = ParseDecimal(whole, what);
        long nanoseconds = 0;
        for (int i = 0; i < 9; i++)
        {
            nanoseconds = (nanoseconds * 10) + (i < fraction.Length ? fraction[i] - '0' : 0);
        }
        // -1.25 is one and a quarter second before 1970; the kernel wants -2 s + 0.75 s.
        if (whole.StartsWith("-"u8) && nanoseconds > 0)
        {
            return seconds > long.MinValue ? new TarTime(seconds - 1, (uint)(NanosecondsPerSecond - nanoseconds)) : throw Malformed(what);
        }
        return new TarTime(seconds, (uint)nanoseconds);
    }

    /// <summary>A user or group id: the largest one means "unchanged" to the kernel.</summary>
    public static uint ToId(long value, string what) => value is >= 0 and < uint.MaxValue ? (uint)value : throw Malformed(what);

    public static InvalidContentException Malformed(string what) => new($"The archive has a malformed {what}.");

    private static long ParseBase256(ReadOnlySpan<byte> field, string what)
    {
        // The top bit is the marker, the next one the sign.
        Int128 value = (field[0] & 0x40) != 0 ? -1 : 0;
        value = (value << 6) | (uint)(field[0] & 0x3F);
        foreach (byte part in field[1..])
        {
            if (value > (Int128)long.MaxValue || value < (Int128)long.MinValue)
            {
                throw Malformed(what);
            }
            value = (value << 8) | part;
        }
        return value >= long.MinValue && value <= long.MaxValue ? (long)value : throw Malformed(what);
    }
}

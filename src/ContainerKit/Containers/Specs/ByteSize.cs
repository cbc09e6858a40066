using System.Buffers;
using System.Globalization;

namespace ContainerKit;

/// <summary>An amount of memory or storage in bytes. Units are binary, as Docker's are: <c>512m</c> is 512 × 1024 × 1024 bytes.</summary>
/// <param name="Bytes">The number of bytes.</param>
public readonly record struct ByteSize(long Bytes) : IComparable<ByteSize>, ISpanParsable<ByteSize>
{
    private const string Units = "bkmgtp";

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    /// <summary><paramref name="count"/> times 1024 bytes.</summary>
    /// <exception cref="OverflowException">The result exceeds <see cref="long.MaxValue"/> bytes.</exception>
    public static ByteSize KiB(long count) => new(checked(count * (1L << 10)));

    /// <summary><paramref name="count"/> times 1024² bytes.</summary>
    /// <exception cref="OverflowException">The result exceeds <see cref="long.MaxValue"/> bytes.</exception>
    public static ByteSize MiB(long count) => new(checked(count * (1L << 20)));

    /// <summary><paramref name="count"/> times 1024³ bytes.</summary>
    /// <exception cref="OverflowException">The result exceeds <see cref="long.MaxValue"/> bytes.</exception>
    public static ByteSize GiB(long count) => new(checked(count * (1L << 30)));

    /// <summary>Reads a number with an optional unit: <c>1024</c>, <c>512m</c>, <c>1.5g</c>, <c>64 KiB</c>. Case does not matter.</summary>
    /// <param name="text">The text; b, k, m, g, t, p, each also with <c>b</c> or <c>ib</c> appended. Not negative.</param>
    /// <exception cref="FormatException"><paramref name="text"/> is not a size.</exception>
    public static ByteSize Parse(string text)
        => TryParse(text, out ByteSize size) ? size : throw new FormatException($"'{text}' is not a size: expected a number with a unit such as 512m, 1.5g or 64KiB.");

    /// <summary>Reads what <see cref="Parse(string)"/> reads; false where that throws.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ByteSize result)
    {
        result = default;
        text = text.Trim();
        int digits = text.IndexOfAnyExcept(NumberCharacters);
        ReadOnlySpan<char> number = digits < 0 ? text : text[..digits];
        ReadOnlySpan<char> unit = digits < 0 ? "b" : text[digits..].TrimStart();
        if (!TryGetShift(unit, out int shift)
            || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value)
            || value > long.MaxValue >> shift)
            return false;
        result = new ByteSize((long)(value * (1L << shift)));
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(ByteSize other) => Bytes.CompareTo(other.Bytes);

    /// <summary>The shortest exact form with a binary unit, such as <c>512MiB</c>; it can be parsed again.</summary>
    public override string ToString()
    {
        int power = 0;
        long value = Bytes;
        while (power < Units.Length - 1 && value != 0 && (value & 1023) == 0)
        {
            value >>= 10;
            power++;
        }

        string unit = power == 0 ? "B" : $"{char.ToUpperInvariant(Units[power])}iB";
        return string.Create(CultureInfo.InvariantCulture, $"{value}{unit}");
    }

    /// <summary>True when <paramref name="left"/> is smaller.</summary>
    public static bool operator <(ByteSize left, ByteSize right) => left.Bytes < right.Bytes;

    /// <summary>True when <paramref name="left"/> is larger.</summary>
    public static bool operator >(ByteSize left, ByteSize right) => left.Bytes > right.Bytes;

    /// <summary>True when <paramref name="left"/> is not larger.</summary>
    public static bool operator <=(ByteSize left, ByteSize right) => left.Bytes <= right.Bytes;

    /// <summary>True when <paramref name="left"/> is not smaller.</summary>
    public static bool operator >=(ByteSize left, ByteSize right) => left.Bytes >= right.Bytes;

    static ByteSize IParsable<ByteSize>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<ByteSize>.TryParse(string? s, IFormatProvider? provider, out ByteSize result) => TryParse(s, out result);

    static ByteSize ISpanParsable<ByteSize>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s.ToString());

    static bool ISpanParsable<ByteSize>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out ByteSize result) => TryParse(s, out result);

    private static bool TryGetShift(ReadOnlySpan<char> unit, out int shift)
    {
        shift = 0;
        if (unit.IsEmpty)
            return false;
        int index = Units.IndexOf(char.ToLowerInvariant(unit[0]), StringComparison.Ordinal);
        ReadOnlySpan<char> rest = unit[1..];
        if (index < 0 || !(rest.IsEmpty || (index > 0 && (rest.Equals("b", StringComparison.OrdinalIgnoreCase) || rest.Equals("ib", StringComparison.OrdinalIgnoreCase)))))
            return false;
        shift = index * 10;
        return true;
    }
}

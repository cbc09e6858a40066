using System.Globalization;

namespace ContainerKit.RegistryServer.Blobs;

/// <summary>A <c>Range</c> that is asked for (RFC 9110, 14.1): one of bytes. Several at once, and other units, are answered with everything.</summary>
internal readonly record struct ByteRange(long Start, long Length)
{
    internal static ByteRange Whole(long size) => new(0, size);

    /// <summary>Reads the header.</summary>
    /// <param name="text">The header; empty for none.</param>
    /// <param name="size">How big the content is.</param>
    /// <param name="isPart">True where a part was asked for.</param>
    /// <returns>Null where no byte of the content is in the range.</returns>
    internal static ByteRange? Parse(string text, long size, out bool isPart)
    {
        const string unit = "bytes=";
        isPart = false;
        if (!text.StartsWith(unit, StringComparison.Ordinal) || text.Contains(',', StringComparison.Ordinal))
            return Whole(size);
        ReadOnlySpan<char> range = text.AsSpan(unit.Length).Trim();
        int dash = range.IndexOf('-');
        if (dash < 0)
            return Whole(size);
        bool hasStart = Read(range[..dash], out long start), hasEnd = Read(range[(dash + 1)..], out long end);
        if (dash == 0 && hasEnd)
        {
            // The last bytes.
            isPart = true;
            return end == 0 || size == 0 ? null : new ByteRange(Math.Max(0, size - end), Math.Min(size, end));
        }

        if (!hasStart || (!hasEnd && range.Length > dash + 1) || (hasEnd && end < start))
            return Whole(size);
        isPart = true;
        return start >= size ? null : new ByteRange(start, (hasEnd ? Math.Min(end, size - 1) : size - 1) - start + 1);
    }

    private static bool Read(ReadOnlySpan<char> text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

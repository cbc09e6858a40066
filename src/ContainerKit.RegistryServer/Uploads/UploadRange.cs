using System.Globalization;

namespace ContainerKit.RegistryServer.Uploads;

/// <summary>The <c>Content-Range</c> of a chunk, as the specification has it: <c>0-99</c>, both ends inclusive.</summary>
internal readonly record struct UploadRange(long Start, long End)
{
    internal long Length => End - Start + 1;

    /// <returns>Null where the text is no range.</returns>
    internal static UploadRange? Parse(string text)
    {
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        return dash > 0
            && long.TryParse(text.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out long start)
            && long.TryParse(text.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long end)
            && end >= start && end < long.MaxValue
            ? new UploadRange(start, end)
            : null;
    }

    /// <summary>The header of answers. Where nothing has come there is no last byte; everybody writes 0-0 then.</summary>
    internal static string Format(long length) => string.Create(CultureInfo.InvariantCulture, $"0-{Math.Max(0, length - 1)}");
}

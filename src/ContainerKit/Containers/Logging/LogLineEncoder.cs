using System.Buffers;
using System.Text;
using System.Text.Unicode;
using ContainerKit.Containers.Streams;

namespace ContainerKit.Containers.Logging;

/// <summary>Writes lines of Docker's json-file log: <c>{"log":"text\n","stream":"stdout","time":"2025-01-02T03:04:05.678Z"}</c>.</summary>
internal static class LogLineEncoder
{
    /// <summary>yyyy-MM-ddTHH:mm:ss.fffffffZ</summary>
    internal const int MaximumTimestampLength = 28;

    /// <summary>The longest escape of a byte is \u00XX, of an invalid sequence \ufffd.</summary>
    private const int MaximumExpansion = 6;

    // Docker escapes <, > and & as well, so that a log can stand inside HTML; the bytes of a log are to be the same.
    private const string EscapedAscii = "\0\u0001\u0002\u0003\u0004\u0005\u0006\a\b\t\n\v\f\r\u000e\u000f"
        + "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\"\\<>&";

    private static readonly SearchValues<byte> Escaped = SearchValues.Create(Encoding.ASCII.GetBytes(EscapedAscii));

    /// <summary>RFC 3339 with as many digits as needed, as Go prints it. Returns the length.</summary>
    internal static int FormatTimestamp(DateTimeOffset time, Span<byte> destination)
        => time.UtcDateTime.TryFormat(destination, out int written, "yyyy-MM-ddTHH:mm:ss.FFFFFFFZ") ? written : throw new ArgumentException("The buffer is too small.");

    internal static void Encode(PooledBuffer output, ReadOnlySpan<byte> text, bool endsLine, LogStream stream, ReadOnlySpan<byte> timestamp)
    {
        output.Append("{\"log\":\""u8);
        AppendEscaped(output, text);
        output.Append(endsLine ? "\\n\",\"stream\":\""u8 : "\",\"stream\":\""u8);
        output.Append(stream == LogStream.StandardOutput ? "stdout"u8 : "stderr"u8);
        output.Append("\",\"time\":\""u8);
        output.Append(timestamp);
        output.Append("\"}\n"u8);
    }

    private static void AppendEscaped(PooledBuffer output, ReadOnlySpan<byte> text)
    {
        bool valid = Utf8.IsValid(text);
        while (!text.IsEmpty)
        {
            int plain = valid ? text.IndexOfAny(Escaped) : IndexOfEscapedOrNonAscii(text);
            if (plain < 0)
                plain = text.Length;
            output.Append(text[..plain]);
            text = text[plain..];
            if (!text.IsEmpty)
                text = text[AppendEscape(output, text)..];
        }
    }

    private static int IndexOfEscapedOrNonAscii(ReadOnlySpan<byte> text)
    {
        int nonAscii = text.IndexOfAnyExceptInRange((byte)0, (byte)0x7f);
        int escaped = (nonAscii < 0 ? text : text[..nonAscii]).IndexOfAny(Escaped);
        return escaped >= 0 ? escaped : nonAscii;
    }

    /// <summary>Writes what stands for the first character; returns how many bytes that was.</summary>
    private static int AppendEscape(PooledBuffer output, ReadOnlySpan<byte> text)
    {
        byte first = text[0];
        if (first >= 0x80)
        {
            if (Rune.DecodeFromUtf8(text, out _, out int length) == OperationStatus.Done)
                output.Append(text[..length]);
            else
                output.Append("\\ufffd"u8);
            return length;
        }

        switch (first)
        {
            case (byte)'"' or (byte)'\\':
                output.Append([(byte)'\\', first]);
                break;
            case (byte)'\n':
                output.Append("\\n"u8);
                break;
            case (byte)'\r':
                output.Append("\\r"u8);
                break;
            default:
                Span<byte> escape = output.GetSpan(MaximumExpansion);
                "\\u00"u8.CopyTo(escape);
                escape[4] = HexDigit(first >> 4);
                escape[5] = HexDigit(first & 15);
                output.Advance(MaximumExpansion);
                break;
        }

        return 1;
    }

    private static byte HexDigit(int value) => (byte)(value < 10 ? '0' + value : 'a' + value - 10);
}

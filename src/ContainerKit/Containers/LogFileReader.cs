using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Containers;

/// <summary>Which lines of a log are wanted.</summary>
internal readonly record struct LogFilter(int? Tail, DateTimeOffset? Since, DateTimeOffset? Until);

/// <summary>
/// Waits for a log to grow beyond a length; false when it never will. What is written may be read up to that length only.
/// </summary>
internal delegate ValueTask<bool> LogGrowth(long known, CancellationToken cancellationToken);

/// <summary>Reads a json-file log.</summary>
internal static class LogFileReader
{
    private const int BlockSize = 64 * 1024;

    /// <summary>
    /// The longest line that we write is a piece of 16 KiB, every byte escaped; what is longer is not ours and is skipped.
    /// </summary>
    private const int MaximumLine = 1 << 20;

    /// <summary>Reads the lines there are, and while <paramref name="growth"/> says so those that come.</summary>
    internal static async IAsyncEnumerable<LogLine> ReadAsync(
        string path, LogFilter filter, LogGrowth? growth, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The file comes with the first output.
        bool exists = File.Exists(path);
        if (!exists && !(growth is not null && await growth(0, cancellationToken).ConfigureAwait(false) && File.Exists(path)))
            yield break;
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        long position = exists && filter.Tail is int tail ? FindTail(file, tail) : 0;
        PooledBuffer pending = new();
        try
        {
            bool open = true;
            while (open)
            {
                open = growth is not null && await growth(position, cancellationToken).ConfigureAwait(false);
                int read;
                while ((read = ReadBlock(file, pending, position)) > 0)
                {
                    position += read;
                    foreach (LogLine line in TakeLines(pending))
                    {
                        if (filter.Until is DateTimeOffset until && line.Timestamp > until)
                            yield break;
                        if (filter.Since is null || line.Timestamp >= filter.Since)
                            yield return line;
                        cancellationToken.ThrowIfCancellationRequested();
                    }
                }
            }
        }
        finally
        {
            pending.Clear();
        }
    }

    private static int ReadBlock(SafeFileHandle file, PooledBuffer pending, long position)
    {
        if (pending.Length > MaximumLine)
            pending.Clear();
        int read = RandomAccess.Read(file, pending.GetSpan(BlockSize), position);
        pending.Advance(read);
        return read;
    }

    private static List<LogLine> TakeLines(PooledBuffer pending)
    {
        List<LogLine> lines = [];
        ReadOnlySpan<byte> rest = pending.Span;
        int end;
        while ((end = rest.IndexOf((byte)'\n')) >= 0)
        {
            if (TryParse(rest[..end], out LogLine line))
                lines.Add(line);
            rest = rest[(end + 1)..];
        }

        pending.Consume(pending.Length - rest.Length);
        return lines;
    }

    /// <summary>False for a line that a crash cut off, or that somebody else wrote.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> json, out LogLine line)
    {
        line = default;
        string? text = null;
        LogStream? stream = null;
        DateTimeOffset? time = null;
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("log"u8))
                    text = reader.Read() && reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                else if (reader.ValueTextEquals("stream"u8))
                    stream = reader.Read() && reader.ValueTextEquals("stderr"u8) ? LogStream.StandardError : LogStream.StandardOutput;
                else if (reader.ValueTextEquals("time"u8))
                    time = reader.Read() && TryParseTime(reader.GetString(), out DateTimeOffset value) ? value : null;
                else
                    reader.Skip();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }

        if (text is null || stream is null || time is null)
            return false;
        bool ends = text.EndsWith('\n');
        line = new LogLine(stream.Value, time.Value, ends ? text[..^1] : text, IsPartial: !ends);
        return true;
    }

    /// <summary>Docker's logs have nanoseconds, two digits more than .NET keeps.</summary>
    private static bool TryParseTime(string? text, out DateTimeOffset time)
    {
        time = default;
        if (text is null)
            return false;
        int fraction = text.IndexOf('.', StringComparison.Ordinal);
        int zone = fraction < 0 ? -1 : text.AsSpan(fraction + 1).IndexOfAnyExceptInRange('0', '9');
        if (zone > 7)
            text = string.Concat(text.AsSpan(0, fraction + 8), text.AsSpan(fraction + 1 + zone));
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
    }

    /// <summary>Where the last <paramref name="count"/> lines begin.</summary>
    private static long FindTail(SafeFileHandle file, int count)
    {
        long end = RandomAccess.GetLength(file);
        if (count == 0)
            return end;
        byte[] block = new byte[BlockSize];
        long start = end;
        int feeds = 0;
        while (start > 0)
        {
            int size = (int)Math.Min(BlockSize, start);
            start -= size;
            int read = RandomAccess.Read(file, block.AsSpan(0, size), start);
            for (int i = read - 1; i >= 0; i--)
            {
                // The line feed that ends the file belongs to the last line.
                if (block[i] == (byte)'\n' && start + i != end - 1 && ++feeds == count)
                    return start + i + 1;
            }
        }

        return 0;
    }
}

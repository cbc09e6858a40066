using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ContainerKit.Containers.Streams;

namespace ContainerKit.Containers;

/// <summary>Which lines of a log are wanted.</summary>
internal readonly record struct LogFilter(int? Tail, DateTimeOffset? Since, DateTimeOffset? Until);

/// <summary>Reads a json-file log.</summary>
internal static class LogFileReader
{
    private const int BlockSize = 64 * 1024;

    /// <summary>
    /// The longest line that we write is a piece of 16 KiB, every byte escaped; what is longer is not ours and is skipped.
    /// </summary>
    private const int MaximumLine = 1 << 20;

    /// <summary>Reads the lines there are, and those that come while <paramref name="log"/> says so.</summary>
    internal static async IAsyncEnumerable<LogLine> ReadAsync(
        ILogFollower log, LogFilter filter, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<LogFile> files = log.OpenAll();
        PooledBuffer pending = new();
        try
        {
            if (filter.Tail is int tail)
                SeekTail(files, tail);
            LogChange change;
            do
            {
                while (files.Count > 0)
                {
                    while (ReadBlock(files[0], pending) > 0)
                    {
                        foreach (LogLine line in TakeLines(pending))
                        {
                            if (filter.Until is DateTimeOffset until && line.Timestamp > until)
                                yield break;
                            if (filter.Since is null || line.Timestamp >= filter.Since)
                                yield return line;
                            cancellationToken.ThrowIfCancellationRequested();
                        }
                    }

                    // The newest one may grow.
                    if (files.Count == 1)
                        break;
                    Close(files, pending);
                }

                change = await WaitAsync(log, files.Count == 0 ? 0 : files[0].Position, filter.Until, time, cancellationToken).ConfigureAwait(false);
                if (change == LogChange.Rotated)
                    files.AddRange(log.OpenNewer());
            }
            while (change != LogChange.Ended);
        }
        finally
        {
            pending.Clear();
            files.ForEach(file => file.Dispose());
        }
    }

    private static void Close(List<LogFile> files, PooledBuffer pending)
    {
        // A line never goes over two files; what is left is one that a crash cut off.
        pending.Clear();
        files[0].Dispose();
        files.RemoveAt(0);
    }

    internal static async ValueTask<LogChange> WaitAsync(ILogFollower log, long known, DateTimeOffset? until, TimeProvider time, CancellationToken cancellationToken)
    {
        if (until is not DateTimeOffset end)
            return await log.WaitAsync(known, cancellationToken).ConfigureAwait(false);
        TimeSpan left = end - time.GetUtcNow();

        // Timers take at most 49 days; who follows a log for longer than a month gets its end then.
        left = left < TimeSpan.Zero ? TimeSpan.Zero : left < TimeSpan.FromDays(40) ? left : TimeSpan.FromDays(40);
        using var timer = new CancellationTokenSource(left, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            return await log.WaitAsync(known, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return LogChange.Ended;
        }
    }

    /// <summary>Leaves the files that have the last lines, and goes to where these begin.</summary>
    private static void SeekTail(List<LogFile> files, int count)
    {
        for (int index = files.Count - 1; index >= 0; index--)
        {
            count -= files[index].SeekTail(count);
            if (count > 0 || index == 0)
                continue;
            files.Take(index).ToList().ForEach(file => file.Dispose());
            files.RemoveRange(0, index);
            return;
        }
    }

    private static int ReadBlock(LogFile file, PooledBuffer pending)
    {
        if (pending.Length > MaximumLine)
            pending.Clear();
        int read = file.Read(pending.GetSpan(BlockSize));
        pending.Advance(read);
        return read;
    }

    internal static List<LogLine> TakeLines(PooledBuffer pending)
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
}

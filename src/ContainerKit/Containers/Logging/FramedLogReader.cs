using System.Buffers;
using System.Runtime.CompilerServices;
using ContainerKit.Containers.Logging;
using ContainerKit.Containers.Streams;
using ContainerKit.Linux.Launching;

namespace ContainerKit.Containers;

/// <summary>
/// Reads the log of a detached container: frames that its supervisor wrote (<see cref="SupervisedLog"/>), cut into the lines that a json-file log
/// would have.
/// </summary>
internal static class FramedLogReader
{
    private const int BlockSize = 64 * 1024;

    /// <summary>Reads the lines there are, and those that come while the follower says so.</summary>
    /// <param name="open">Opens the log; more than once.</param>
    /// <param name="follow">False: only what is there.</param>
    /// <param name="filter">Which lines.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal static async IAsyncEnumerable<LogLine> ReadAsync(
        Func<bool, ILogFollower> open, bool follow, LogFilter filter, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Where a line begins is known only from the beginning on, so the last lines are found by counting all of them.
        long skip = 0;
        if (filter.Tail is int tail)
        {
            await foreach (LogLine _ in ReadLinesAsync(open(false), null, time, cancellationToken).ConfigureAwait(false))
                skip++;
            skip = Math.Max(0, skip - tail);
        }

        await foreach (LogLine line in ReadLinesAsync(open(follow), filter.Until, time, cancellationToken).ConfigureAwait(false))
        {
            if (skip > 0)
            {
                skip--;
                continue;
            }

            if (filter.Until is DateTimeOffset until && line.Timestamp > until)
                yield break;
            if (filter.Since is null || line.Timestamp >= filter.Since)
                yield return line;
        }
    }

    /// <summary>The frames from a position of the newest file on, or all of them. The data of one is valid until the next is asked for.</summary>
    internal static async IAsyncEnumerable<LogFrame> ReadFramesAsync(
        ILogFollower log, long? position, DateTimeOffset? until, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<LogFile> files = log.OpenAll();
        PooledBuffer pending = new();
        try
        {
            if (position is long start)
                SeekNewest(files, start);
            LogChange change;
            do
            {
                while (files.Count > 0)
                {
                    while (ReadBlock(files[0], pending) > 0)
                    {
                        int taken = 0;
                        while (TryTake(pending, ref taken, out LogFrame frame))
                        {
                            yield return frame;
                            cancellationToken.ThrowIfCancellationRequested();
                        }

                        pending.Consume(taken);
                    }

                    // The newest one may grow.
                    if (files.Count == 1)
                        break;
                    pending.Clear();
                    files[0].Dispose();
                    files.RemoveAt(0);
                }

                change = await LogFileReader.WaitAsync(log, files.Count == 0 ? 0 : files[0].Position, until, time, cancellationToken).ConfigureAwait(false);
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

    private static async IAsyncEnumerable<LogLine> ReadLinesAsync(
        ILogFollower log, DateTimeOffset? until, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        LogLineAssembler[] assemblers = [new(LogStream.StandardOutput), new(LogStream.StandardError)];
        PooledBuffer encoded = new();
        try
        {
            await foreach (LogFrame frame in ReadFramesAsync(log, null, until, time, cancellationToken).ConfigureAwait(false))
            {
                Encode(frame, assemblers, encoded);
                foreach (LogLine line in LogFileReader.TakeLines(encoded))
                    yield return line;
            }
        }
        finally
        {
            encoded.Clear();
        }
    }

    private static void Encode(LogFrame frame, LogLineAssembler[] assemblers, PooledBuffer encoded)
    {
        Span<byte> time = stackalloc byte[LogLineEncoder.MaximumTimestampLength];
        time = time[..LogLineEncoder.FormatTimestamp(frame.Time, time)];
        if (frame.Stream is LogStream stream)
        {
            assemblers[stream == LogStream.StandardOutput ? 0 : 1].Append(new ReadOnlySequence<byte>(frame.Data), encoded, time);
            return;
        }

        foreach (LogLineAssembler assembler in assemblers)
            assembler.Complete(encoded, time);
    }

    private static void SeekNewest(List<LogFile> files, long position)
    {
        for (; files.Count > 1; files.RemoveAt(0))
            files[0].Dispose();
        if (files.Count == 1)
            files[0].Seek(position);
    }

    private static int ReadBlock(LogFile file, PooledBuffer pending)
    {
        int read = file.Read(pending.GetSpan(BlockSize));
        pending.Advance(read);
        return read;
    }

    /// <summary>False where no whole frame follows. What is no frame is passed over: a file that somebody damaged.</summary>
    private static bool TryTake(PooledBuffer pending, ref int taken, out LogFrame frame)
    {
        ReadOnlyMemory<byte> rest = pending.Memory[taken..];
        frame = default;
        if (rest.Length < SupervisedLog.HeaderLength)
            return false;
        if (!SupervisedLog.TryParse(rest.Span, out int stream, out int length, out DateTimeOffset time))
        {
            taken = pending.Length;
            return false;
        }

        if (rest.Length < SupervisedLog.HeaderLength + length)
            return false;
        frame = new LogFrame(stream switch { 1 => LogStream.StandardOutput, 2 => LogStream.StandardError, _ => null }, time, rest.Slice(SupervisedLog.HeaderLength, length));
        taken += SupervisedLog.HeaderLength + length;
        return true;
    }
}

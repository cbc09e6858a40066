using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace ContainerKit.DockerApi.Streams;

/// <summary>Writes a container's log to a client.</summary>
internal static class LogWriter
{
    /// <summary>What is collected before it is sent, while lines are there already.</summary>
    private const int BatchSize = 64 * 1024;

    private const int TimestampLength = 30;

    /// <summary>Writes a log to its end, or until the client goes.</summary>
    /// <param name="container">Whose log.</param>
    /// <param name="output">Where to.</param>
    /// <param name="request">What is wanted.</param>
    /// <param name="hasTerminal">True: without frames.</param>
    /// <param name="cancellationToken">The client is gone.</param>
    /// <param name="begin">
    /// Sends the head of the answer. The log is open by then: whoever has the head may remove the container when it has ended, and gets all of its log nevertheless.
    /// </param>
    internal static async Task WriteAsync(
        Container container, PipeWriter output, LogRequest request, bool hasTerminal, CancellationToken cancellationToken, Func<Task>? begin = null)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        IAsyncEnumerator<LogLine> lines = container
            .ReadLogsAsync(request.Follow, request.Tail, request.Since, request.Until, stop.Token).GetAsyncEnumerator(stop.Token);
        await using (lines.ConfigureAwait(false))
        {
            Task<bool> next = lines.MoveNextAsync().AsTask();
            try
            {
                // What fails here is an answer of its own still.
                if (next.IsFaulted)
                    await next.ConfigureAwait(false);
                if (begin is not null)
                    await begin().ConfigureAwait(false);
                int waiting = 0;
                while (true)
                {
                    // Nothing more is there for the moment: the client is to see what there is.
                    if (!next.IsCompleted && waiting > 0)
                    {
                        if ((await output.FlushAsync(cancellationToken).ConfigureAwait(false)).IsCompleted)
                            return;
                        waiting = 0;
                    }

                    if (!await next.ConfigureAwait(false))
                        break;
                    waiting += Write(output, lines.Current, request, hasTerminal);
                    if (waiting >= BatchSize)
                    {
                        if ((await output.FlushAsync(cancellationToken).ConfigureAwait(false)).IsCompleted)
                            return;
                        waiting = 0;
                    }

                    next = lines.MoveNextAsync().AsTask();
                }
            }
            finally
            {
                // An iterator that is under way can't be disposed.
                await stop.CancelAsync().ConfigureAwait(false);
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private static int Write(PipeWriter output, LogLine line, LogRequest request, bool hasTerminal)
    {
        if (!(line.Stream == LogStream.StandardError ? request.StandardError : request.StandardOutput))
            return 0;
        int prefix = hasTerminal ? 0 : StreamFrame.HeaderSize;
        int length = (request.Timestamps ? TimestampLength + 1 : 0) + Encoding.UTF8.GetByteCount(line.Text) + (line.IsPartial ? 0 : 1);
        Span<byte> span = output.GetSpan(prefix + length)[..(prefix + length)];
        if (prefix > 0)
            StreamFrame.WriteHeader(span, line.Stream, length);
        Span<byte> text = span[prefix..];
        if (request.Timestamps)
        {
            // Nine digits, of which the clock gives seven.
            line.Timestamp.UtcDateTime.TryFormat(text, out int written, "yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z '", CultureInfo.InvariantCulture);
            text = text[written..];
        }

        Encoding.UTF8.GetBytes(line.Text, text);
        if (!line.IsPartial)
            span[^1] = (byte)'\n';
        output.Advance(prefix + length);
        return prefix + length;
    }
}

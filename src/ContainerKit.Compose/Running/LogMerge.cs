using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace ContainerKit.Compose.Running;

/// <summary>Logs of several containers as one.</summary>
internal static class LogMerge
{
    private const int Pending = 256;

    public static IAsyncEnumerable<ComposeLogLine> ReadAsync(ContainerEngine engine, IReadOnlyList<ComposeContainer> containers, ComposeLogOptions options, CancellationToken cancellationToken)
        => options.Follow ? FollowAsync(engine, containers, options, cancellationToken) : SortAsync(engine, containers, options, cancellationToken);

    private static async IAsyncEnumerable<ComposeLogLine> OfAsync(ContainerEngine engine, ComposeContainer container, ComposeLogOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await engine.Containers.FindAsync(container.Info.Id, cancellationToken).ConfigureAwait(false) is not { } found)
            yield break;
        await foreach (LogLine line in found.ReadLogsAsync(options.Follow, options.Tail, options.Since, options.Until, cancellationToken).ConfigureAwait(false))
            yield return new ComposeLogLine(container.Service, container.Number, line);
    }

    /// <summary>Each log is in the order of time: what is next is the earliest of their first lines.</summary>
    private static async IAsyncEnumerable<ComposeLogLine> SortAsync(
        ContainerEngine engine, IReadOnlyList<ComposeContainer> containers, ComposeLogOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<IAsyncEnumerator<ComposeLogLine>> readers = [.. containers.Select(container => OfAsync(engine, container, options, cancellationToken).GetAsyncEnumerator(cancellationToken))];
        try
        {
            var next = new PriorityQueue<int, (DateTimeOffset Time, int Reader)>();
            for (int i = 0; i < readers.Count; i++)
                await AdvanceAsync(i).ConfigureAwait(false);
            while (next.TryDequeue(out int reader, out _))
            {
                yield return readers[reader].Current;
                await AdvanceAsync(reader).ConfigureAwait(false);
            }

            async ValueTask AdvanceAsync(int reader)
            {
                if (await readers[reader].MoveNextAsync().ConfigureAwait(false))
                    next.Enqueue(reader, (readers[reader].Current.Line.Timestamp, reader));
            }
        }
        finally
        {
            foreach (IAsyncEnumerator<ComposeLogLine> reader in readers)
                await reader.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async IAsyncEnumerable<ComposeLogLine> FollowAsync(
        ContainerEngine engine, IReadOnlyList<ComposeContainer> containers, ComposeLogOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var lines = Channel.CreateBounded<ComposeLogLine>(Pending);
        Task reading = CompleteAsync();
        try
        {
            await foreach (ComposeLogLine line in lines.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return line;
        }
        finally
        {
            // The caller may have enough of it; its own cancellation comes out of the enumeration above.
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }

        async Task CompleteAsync()
        {
            try
            {
                await Task.WhenAll(containers.Select(CopyAsync)).ConfigureAwait(false);
                lines.Writer.Complete();
            }
            catch (Exception e)
            {
                lines.Writer.Complete(e);
            }
        }

        async Task CopyAsync(ComposeContainer container)
        {
            await foreach (ComposeLogLine line in OfAsync(engine, container, options, stop.Token).ConfigureAwait(false))
                await lines.Writer.WriteAsync(line, stop.Token).ConfigureAwait(false);
        }
    }
}

using System.IO.Pipelines;

namespace ContainerKit.Storage.Packing;

/// <summary>Packs on one side and unpacks on the other at the same time, through a bounded buffer.</summary>
internal static class ArchivePipe
{
    private static readonly PipeOptions Options = new(pauseWriterThreshold: 4 << 20, resumeWriterThreshold: 2 << 20, minimumSegmentSize: 256 << 10, useSynchronizationContext: false);

    /// <summary>Runs both to their ends; the failure of one ends the other.</summary>
    internal static async Task RunAsync(Func<Stream, CancellationToken, Task> pack, Func<Stream, CancellationToken, Task> unpack, CancellationToken cancellationToken)
    {
        Pipe pipe = new(Options);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task packing = Task.Run(() => PackAsync(pipe.Writer, pack, ended.Token), CancellationToken.None);
        try
        {
            await unpack(pipe.Reader.AsStream(leaveOpen: true), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await pipe.Reader.CompleteAsync().ConfigureAwait(false);
            await packing.ConfigureAwait(false);
        }
    }

    /// <summary>What goes wrong is thrown where the archive is read.</summary>
    private static async Task PackAsync(PipeWriter writer, Func<Stream, CancellationToken, Task> pack, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            await pack(writer.AsStream(leaveOpen: true), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
        }

        await writer.CompleteAsync(failure).ConfigureAwait(false);
    }
}

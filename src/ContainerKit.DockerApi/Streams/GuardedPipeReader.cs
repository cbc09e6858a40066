using System.Buffers;
using System.IO.Pipelines;

namespace ContainerKit.DockerApi.Streams;

/// <summary>What the HTTP layer reads; at its end once the connection is taken over.</summary>
internal sealed class GuardedPipeReader(PipeReader inner, IHijackFeature connection) : PipeReader
{
    private static readonly ReadResult End = new(ReadOnlySequence<byte>.Empty, isCanceled: false, isCompleted: true);

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        => connection.IsHijacked ? new ValueTask<ReadResult>(End) : inner.ReadAsync(cancellationToken);

    public override bool TryRead(out ReadResult result)
    {
        if (!connection.IsHijacked)
            return inner.TryRead(out result);
        result = End;
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed)
    {
        if (!connection.IsHijacked)
            inner.AdvanceTo(consumed);
    }

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (!connection.IsHijacked)
            inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
}

using System.IO.Pipelines;

namespace ContainerKit.DockerApi.Streams;

/// <summary>What the HTTP layer writes to; once the connection is taken over it goes nowhere.</summary>
internal sealed class GuardedPipeWriter(PipeWriter inner, IHijackFeature connection) : PipeWriter
{
    private const int ScratchSize = 4096;

    private byte[] _scratch = [];

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => connection.IsHijacked ? 0 : inner.UnflushedBytes;

    public override void Advance(int bytes)
    {
        if (!connection.IsHijacked)
            inner.Advance(bytes);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (!connection.IsHijacked)
            return inner.GetMemory(sizeHint);
        if (_scratch.Length < Math.Max(sizeHint, 1))
            _scratch = new byte[Math.Max(sizeHint, ScratchSize)];
        return _scratch;
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => connection.IsHijacked ? GetMemory(sizeHint).Span : inner.GetSpan(sizeHint);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        => connection.IsHijacked ? default : inner.FlushAsync(cancellationToken);

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
        => connection.IsHijacked ? default : inner.WriteAsync(source, cancellationToken);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
}

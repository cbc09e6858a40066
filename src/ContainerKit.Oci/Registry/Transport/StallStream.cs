namespace ContainerKit.Oci.Registry.Transport;

/// <summary>Fails where a read takes too long, as on a connection whose other end has gone without a word.</summary>
internal sealed class StallStream(Stream inner, RegistryClientOptions options) : ForwardStream
{
    private static readonly TimeSpan Never = Timeout.InfiniteTimeSpan;

    private CancellationTokenSource _limit = new(Never, options.TimeProvider);

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        CancellationTokenSource limit = _limit;
        limit.CancelAfter(options.StallTimeout);
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), limit);
        try
        {
            return await inner.ReadAsync(buffer, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"Nothing came for {options.StallTimeout.TotalSeconds} seconds.", e);
        }
        catch (OperationCanceledException)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        finally
        {
            limit.CancelAfter(Never);
            if (limit.IsCancellationRequested)
            {
                limit.Dispose();
                _limit = new CancellationTokenSource(Never, options.TimeProvider);
            }
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            _limit.Dispose();
        }

        base.Dispose(disposing);
    }
}

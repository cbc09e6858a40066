using ContainerKit.Oci.Registry.Transport;

namespace ContainerKit.Oci.Registry.Transfer;

/// <summary>One stream after the other.</summary>
/// <param name="head">Read first; stays owned by the caller.</param>
/// <param name="rest">Read then; owned.</param>
internal sealed class JoinedStream(Stream head, Stream rest) : ForwardStream
{
    private bool _headIsDone;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_headIsDone)
        {
            int read = await head.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read > 0 || buffer.IsEmpty)
            {
                return read;
            }

            _headIsDone = true;
        }

        return await rest.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await rest.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            rest.Dispose();
        }

        base.Dispose(disposing);
    }
}

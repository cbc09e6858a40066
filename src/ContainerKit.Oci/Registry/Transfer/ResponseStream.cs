using ContainerKit.Oci.Registry.Transport;

namespace ContainerKit.Oci.Registry.Transfer;

/// <summary>The content of an answer that is disposed with it.</summary>
internal sealed class ResponseStream(HttpResponseMessage response, Stream content) : ForwardStream
{
    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => content.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            content.Dispose();
            response.Dispose();
        }

        base.Dispose(disposing);
    }
}

namespace ContainerKit.Oci.Registry.Transport;

/// <summary>Sends requests to the registry by connections that trust it and know its client certificate, those to other hosts by others.</summary>
internal sealed class HostRoutingHandler(HostBoundary boundary, HttpMessageInvoker own, HttpMessageInvoker foreign) : HttpMessageHandler
{
    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        => (boundary.IsOwn(request.RequestUri!) ? own : foreign).SendAsync(request, cancellationToken);
}

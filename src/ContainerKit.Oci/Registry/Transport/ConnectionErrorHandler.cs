using System.Net.Sockets;

namespace ContainerKit.Oci.Registry.Transport;

/// <summary>
/// Makes errors of sockets those of HTTP. .NET asks a connection that was just made for its peer, and lets the socket's own exception
/// through (ENOTCONN) where it was reset by then.
/// </summary>
internal sealed class ConnectionErrorHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, e.Message, e);
        }
    }
}

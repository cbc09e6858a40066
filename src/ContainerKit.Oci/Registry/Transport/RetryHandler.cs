using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace ContainerKit.Oci.Registry.Transport;

/// <summary>Sends a request again that failed for a reason that may pass. What happens to an answer's content afterwards is not its matter.</summary>
internal sealed class RetryHandler(RetryDelays delays, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>Set on requests that carry a part of a blob: whoever sends them knows how to go on after a broken connection.</summary>
    public static HttpRequestOptionsKey<bool> SendOnce { get; } = new("ContainerKit.SendOnce");

    /// <summary>True where a connection broke, or could not be made for a reason that may pass.</summary>
    public static bool IsTransient(Exception e)
        => e switch
        {
            // A wrong name, a closed port and a bad certificate stay that for longer than anyone waits.
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError } => false,
            HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } => false,
            HttpRequestException { InnerException: AuthenticationException } => false,
            HttpRequestException { StatusCode: null } => true,
            RegistryException => false,
            IOException and not DigestMismatchException => true,
            _ => false,
        };

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        bool sendOnce = request.Options.TryGetValue(SendOnce, out bool value) && value;
        for (int attempt = 0; ; attempt++)
        {
            TimeSpan? asked;
            try
            {
                HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
                asked = RegistryAnswer.RetryAfter(response);
                bool isRefusal = response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;
                bool mayPass = sendOnce ? isRefusal : RegistryAnswer.IsTransient(response.StatusCode);
                if (!mayPass || !delays.Allows(attempt, asked))
                {
                    return response;
                }

                response.Dispose();
            }
            catch (Exception e) when (!sendOnce && IsTransient(e) && delays.Allows(attempt, null))
            {
                asked = null;
            }

            await delays.WaitAsync(attempt, asked, cancellationToken).ConfigureAwait(false);
        }
    }
}

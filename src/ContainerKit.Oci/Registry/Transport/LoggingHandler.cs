using Microsoft.Extensions.Logging;

namespace ContainerKit.Oci.Registry.Transport;

/// <summary>Logs each request as it goes out, repetitions and requests for tokens included.</summary>
internal sealed class LoggingHandler(ILogger logger, TimeProvider time, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        try
        {
            HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            RegistryMessages.Answered(logger, request.Method.Method, RegistryAnswer.Redact(request.RequestUri), (int)response.StatusCode, Since(started));
            return response;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // Of other exceptions the message is not ours to judge; those of connections name host and port.
            RegistryMessages.Failed(logger, request.Method.Method, RegistryAnswer.Redact(request.RequestUri), Since(started), e.GetType().Name);
            throw;
        }
    }

    private long Since(long started) => (long)time.GetElapsedTime(started).TotalMilliseconds;
}

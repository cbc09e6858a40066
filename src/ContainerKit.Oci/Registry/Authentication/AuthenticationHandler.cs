using System.Net;
using System.Net.Http.Headers;
using ContainerKit.Oci.Registry.Transport;

namespace ContainerKit.Oci.Registry.Authentication;

/// <summary>Sends credentials with requests to the registry itself, and with no other: neither hosts that it redirects to nor upload addresses elsewhere.</summary>
internal sealed class AuthenticationHandler(HostBoundary boundary, Authenticator authenticator, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = null;
        if (!boundary.IsOwn(request.RequestUri!))
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }

        AccessScopes scopes = request.Options.TryGetValue(AccessScopes.OptionsKey, out AccessScopes? given) ? given : AccessScopes.None;
        AuthenticationHeaderValue? sent = await authenticator.PrepareAsync(scopes, cancellationToken).ConfigureAwait(false);
        request.Headers.Authorization = sent;
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.Unauthorized
            || !response.Headers.NonValidated.TryGetValues("WWW-Authenticate", out HeaderStringValues headers))
        {
            return response;
        }

        AuthenticationHeaderValue? answer;
        try
        {
            answer = await authenticator.AnswerAsync(AuthenticationChallenge.Parse(headers), scopes, sent, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            response.Dispose();
            throw;
        }

        if (answer is null)
        {
            return response;
        }

        response.Dispose();
        request.Headers.Authorization = answer;
        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            authenticator.Dispose();
        }

        base.Dispose(disposing);
    }
}

using System.Net;

namespace ContainerKit.Oci.Registry.Transport;

/// <summary>Finds the address of a registry's API: by its name, and where plain HTTP is possible by asking.</summary>
internal static class OriginFinder
{
    private const string DockerHub = "registry-1.docker.io";

    /// <summary>The scheme, host and port of a registry.</summary>
    /// <exception cref="RegistryException">The options contradict each other, or the registry can't be reached.</exception>
    public static async ValueTask<Uri> FindAsync(string registry, RegistryClientOptions options, CancellationToken cancellationToken)
    {
        RegistryHostOptions host = options.ForHost(registry);
        if (host.Endpoint is { } endpoint)
        {
            return Check(registry, endpoint, host.PlainHttp);
        }

        string authority = registry == ImageReference.DefaultRegistry ? DockerHub : registry;
        var secure = new Uri($"https://{authority}/");
        var plain = new Uri($"http://{authority}/");
        bool mayBePlain = host.PlainHttp == PlainHttpPolicy.Allow || (host.PlainHttp == PlainHttpPolicy.Loopback && HostBoundary.IsLoopback(secure.Host));
        if (host.PlainHttp == PlainHttpPolicy.Require || !mayBePlain)
        {
            return host.PlainHttp == PlainHttpPolicy.Require ? plain : secure;
        }

        return await AsksForTlsAsync(secure, plain, host, options, cancellationToken).ConfigureAwait(false) ? secure : plain;
    }

    private static Uri Check(string registry, Uri endpoint, PlainHttpPolicy policy)
    {
        bool allowed = endpoint.IsAbsoluteUri && (endpoint.Scheme == Uri.UriSchemeHttps || (endpoint.Scheme == Uri.UriSchemeHttp
            && policy != PlainHttpPolicy.Never && (policy != PlainHttpPolicy.Loopback || HostBoundary.IsLoopback(endpoint.Host))));
        return allowed
            ? new Uri(endpoint.GetLeftPart(UriPartial.Authority) + "/")
            : throw new RegistryException($"The endpoint of {registry} has to be an https address; plain http is only for this machine unless it is allowed.");
    }

    /// <summary>
    /// Asks without credentials, first by TLS. Plain HTTP is taken only where a registry answers by it: a server that has TLS, but with a
    /// certificate that is not trusted, must not be reached without.
    /// </summary>
    private static async ValueTask<bool> AsksForTlsAsync(
        Uri secure, Uri plain, RegistryHostOptions host, RegistryClientOptions options, CancellationToken cancellationToken)
    {
        using HttpMessageInvoker transport = ConnectionFactory.CreateOwn(options, host, secure);
        try
        {
            await ProbeAsync(transport, secure, options, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (RegistryException)
        {
            if (await AnswersPlainlyAsync(transport, plain, options, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            throw;
        }
    }

    private static async ValueTask<bool> AnswersPlainlyAsync(HttpMessageInvoker transport, Uri plain, RegistryClientOptions options, CancellationToken cancellationToken)
    {
        try
        {
            // 400 and 426 are how servers with TLS answer those without.
            HttpStatusCode status = await ProbeAsync(transport, plain, options, cancellationToken).ConfigureAwait(false);
            return status is not (HttpStatusCode.BadRequest or HttpStatusCode.UpgradeRequired);
        }
        catch (RegistryException)
        {
            // The error of the connection by TLS says more.
            return false;
        }
    }

    private static async ValueTask<HttpStatusCode> ProbeAsync(HttpMessageInvoker transport, Uri origin, RegistryClientOptions options, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(origin, "/v2/"));
        request.Headers.TryAddWithoutValidation("User-Agent", options.UserAgent);
        using var limit = new CancellationTokenSource(options.ConnectTimeout, options.TimeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using HttpResponseMessage response = await RegistryHost.SendAsync(transport, request, linked.Token).ConfigureAwait(false);
            return response.StatusCode;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RegistryException($"{RegistryAnswer.Describe(request)}: no answer within {options.ConnectTimeout.TotalSeconds} seconds.", inner: e) { IsTransient = true };
        }
    }
}

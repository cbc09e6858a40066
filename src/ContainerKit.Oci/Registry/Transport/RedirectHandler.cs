using System.Net;

namespace ContainerKit.Oci.Registry.Transport;

/// <summary>Follows redirects of reading requests, each of which is a new request without credentials.</summary>
internal sealed class RedirectHandler(HostBoundary boundary, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const int MaxRedirects = 10;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        for (int count = 0; IsRedirect(response.StatusCode) && (request.Method == HttpMethod.Get || request.Method == HttpMethod.Head); count++)
        {
            Uri from = response.RequestMessage?.RequestUri ?? request.RequestUri!;
            Uri? location = response.Headers.Location;
            response.Dispose();
            if (count == MaxRedirects)
            {
                throw new RegistryException($"{RegistryAnswer.Describe(request)}: more than {MaxRedirects} redirects.", url: RegistryAnswer.Redact(request.RequestUri));
            }

            response = await base.SendAsync(Copy(request, boundary.Follow(from, location)), cancellationToken).ConfigureAwait(false);
        }

        return response;
    }

    private static bool IsRedirect(HttpStatusCode status)
        => status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
            or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    private static HttpRequestMessage Copy(HttpRequestMessage request, Uri target)
    {
        var copy = new HttpRequestMessage(request.Method, target) { Version = request.Version, VersionPolicy = request.VersionPolicy };
        foreach ((string name, IEnumerable<string> values) in request.Headers.Where(header => header.Key != "Authorization"))
        {
            copy.Headers.TryAddWithoutValidation(name, values);
        }

        foreach ((string key, object? value) in request.Options)
        {
            ((IDictionary<string, object?>)copy.Options)[key] = value;
        }

        return copy;
    }
}

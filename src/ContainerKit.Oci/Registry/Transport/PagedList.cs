using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ContainerKit.Oci.Registry.Authentication;

namespace ContainerKit.Oci.Registry.Transport;

/// <summary>Lists that registries hand out page by page, each with a link to the next (RFC 8288).</summary>
internal static class PagedList
{
    // A registry that never ends would be read forever.
    private const int MaxPages = 100_000;

    /// <summary>Reads all pages, one after the other, as their items are asked for.</summary>
    public static async IAsyncEnumerable<T> ReadAsync<TDocument, T>(
        RegistryHost host,
        string path,
        AccessScopes scopes,
        JsonTypeInfo<TDocument> type,
        Func<TDocument?, IEnumerable<T>> items,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where TDocument : class
    {
        var next = new Uri(host.Boundary.Origin, path);
        for (int page = 0; page < MaxPages; page++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, next);
            using HttpResponseMessage response = await host.SendAsync(request, scopes, cancellationToken).ConfigureAwait(false);
            await RegistryAnswer.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
            byte[] json = await RegistryAnswer.ReadAsync(response, OciLimits.MaxDocumentSize, "list", cancellationToken).ConfigureAwait(false);
            foreach (T item in items(Parse(json, type, next)))
            {
                yield return item;
            }

            if (NextLink(response.Headers) is not { } link)
            {
                yield break;
            }

            Uri following = host.Boundary.FollowOwn(next, link);
            if (following == next)
            {
                throw new RegistryException($"{RegistryAnswer.Redact(next)}: the list's next page is the page itself.", url: RegistryAnswer.Redact(next));
            }

            next = following;
        }
    }

    /// <summary>The target of <c>&lt;target&gt;; rel="next"</c>, or null.</summary>
    public static string? NextLink(HttpResponseHeaders headers)
    {
        if (!headers.TryGetValues("Link", out IEnumerable<string>? values))
        {
            return null;
        }

        foreach (string value in values)
        {
            int start = value.IndexOf('<', StringComparison.Ordinal);
            int end = value.IndexOf('>', StringComparison.Ordinal);
            if (start >= 0 && end > start && value[end..].Replace(" ", "", StringComparison.Ordinal).Replace("\"", "", StringComparison.Ordinal)
                    .Contains(";rel=next", StringComparison.OrdinalIgnoreCase))
            {
                return value[(start + 1)..end];
            }
        }

        return null;
    }

    private static TDocument? Parse<TDocument>(byte[] json, JsonTypeInfo<TDocument> type, Uri page)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException e)
        {
            throw new RegistryException($"{RegistryAnswer.Redact(page)}: the list is malformed.", url: RegistryAnswer.Redact(page), inner: e);
        }
    }
}

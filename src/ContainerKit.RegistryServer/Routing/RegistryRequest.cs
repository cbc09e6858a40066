using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ContainerKit.Oci;
using ContainerKit.RegistryServer.Access;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.RegistryServer.Routing;

/// <summary>A request of the protocol: what it asks for, who asks, and the shapes of answers.</summary>
internal sealed class RegistryRequest(HttpContext http, RegistryRoute route, RegistryAccess access)
{
    internal HttpContext Http => http;

    internal HttpResponse Response => http.Response;

    internal IQueryCollection Query => http.Request.Query;

    internal string Repository => route.Repository;

    internal string Reference => route.Reference;

    internal RegistryAccess Access => access;

    internal CancellationToken Aborted => http.RequestAborted;

    /// <summary>What is before <c>/v2/</c>; empty at the root.</summary>
    internal string PathBase => http.Request.PathBase.ToUriComponent();

    internal bool IsHead => HttpMethods.IsHead(http.Request.Method);

    internal void SetDigest(Digest digest) => Response.Headers["Docker-Content-Digest"] = digest.ToString();

    /// <summary>True where the client says that it has the content already.</summary>
    internal bool HasEntity(Digest digest) => http.Request.Headers.IfNoneMatch.Any(value => value is not null && value.Contains($"\"{digest}\"", StringComparison.Ordinal));

    internal void WriteCreated(string location)
    {
        Response.StatusCode = StatusCodes.Status201Created;
        Response.Headers.Location = PathBase + location;
        Response.ContentLength = 0;
    }

    internal Task WriteJsonAsync<T>(int status, T document, JsonTypeInfo<T> type)
        => WriteAsync(status, "application/json", JsonSerializer.SerializeToUtf8Bytes(document, type));

    internal async Task WriteAsync(int status, string contentType, ReadOnlyMemory<byte> content)
    {
        Response.StatusCode = status;
        Response.ContentType = contentType;
        Response.ContentLength = content.Length;
        if (!IsHead)
            await Response.Body.WriteAsync(content, Aborted).ConfigureAwait(false);
    }

    /// <summary>The body as a whole, up to a size.</summary>
    internal async Task<byte[]> ReadBodyAsync(int most, Func<RegistryFault> tooLong)
    {
        if (http.Request.ContentLength > most)
            throw tooLong();
        using var content = new MemoryStream((int)(http.Request.ContentLength ?? 4096));
        byte[] buffer = new byte[16 * 1024];
        int count;
        while ((count = await http.Request.Body.ReadAsync(buffer, Aborted).ConfigureAwait(false)) > 0)
        {
            if (content.Length + count > most)
                throw tooLong();
            content.Write(buffer, 0, count);
        }

        return content.ToArray();
    }
}

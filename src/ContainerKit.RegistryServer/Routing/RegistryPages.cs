using System.Text;
using ContainerKit.RegistryServer.Access;
using ContainerKit.RegistryServer.Health;
using ContainerKit.RegistryServer.Storage;
using ContainerKit.RegistryServer.Uploads;
using ContainerKit.RegistryServer.Web;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.RegistryServer.Routing;

/// <summary>What is served besides the protocol: health, metrics, and the page for people.</summary>
internal sealed class RegistryPages(
    OciRegistryOptions options, RegistryAuthenticator authenticator, RegistryPaths paths, UploadStore uploads, RegistryMetrics metrics, WebPages web)
{
    /// <returns>False where there is nothing at the path.</returns>
    internal async Task<bool> TryHandleAsync(HttpContext http, string path)
    {
        bool isRead = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        if (!isRead)
            return false;
        if (options.ServeMetrics && path == "/healthz")
        {
            await WriteHealthAsync(http).ConfigureAwait(false);
            return true;
        }

        bool isMetrics = options.ServeMetrics && path == "/metrics";
        if (!isMetrics && !(options.ServeWebPage && WebPages.Has(path)))
            return false;
        RegistryAccess? access = await authenticator.AuthenticateAsync(http).ConfigureAwait(false);
        if (access is not { CanList: true })
        {
            if (authenticator.IsOpen || access is { MayAskAgain: false })
                throw RegistryFault.Denied("requested access to the resource is denied");
            if (options.HtpasswdFile is not null)
                authenticator.ChallengePassword(http);
            throw new RegistryFault(StatusCodes.Status401Unauthorized, "UNAUTHORIZED", "authentication required");
        }

        if (isMetrics)
            await WriteAsync(http, "text/plain; version=0.0.4", metrics.Format(uploads.Count)).ConfigureAwait(false);
        else
            await web.WriteAsync(http, path, access).ConfigureAwait(false);
        return true;
    }

    /// <summary>Healthy is what can store something: load balancers ask, so it says nothing else.</summary>
    private async Task WriteHealthAsync(HttpContext http)
    {
        string probe = Path.Combine(paths.Staging, Guid.NewGuid().ToString("N"));
        bool isHealthy;
        try
        {
            if (options.ReadOnly)
            {
                isHealthy = Directory.Exists(paths.Blobs);
            }
            else
            {
                await File.WriteAllBytesAsync(probe, new byte[1], http.RequestAborted).ConfigureAwait(false);
                File.Delete(probe);
                isHealthy = true;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            isHealthy = false;
        }

        http.Response.StatusCode = isHealthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await WriteAsync(http, "text/plain", isHealthy ? "ok\n" : "the storage can't be written\n").ConfigureAwait(false);
    }

    private static async Task WriteAsync(HttpContext http, string type, string text)
    {
        byte[] content = Encoding.UTF8.GetBytes(text);
        http.Response.ContentType = type;
        http.Response.ContentLength = content.Length;
        http.Response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsHead(http.Request.Method))
            await http.Response.Body.WriteAsync(content, http.RequestAborted).ConfigureAwait(false);
    }
}

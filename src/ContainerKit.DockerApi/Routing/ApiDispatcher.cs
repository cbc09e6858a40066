using System.Text.Json;
using ContainerKit.DockerApi.Contracts;
using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ContainerKit.DockerApi.Routing;

/// <summary>Finds the handler of a request, and turns what it throws into an answer.</summary>
internal sealed partial class ApiDispatcher(RouteTable routes, ILogger logger)
{
    /// <summary>Every route, as method and template.</summary>
    internal IEnumerable<(string Method, string Template)> Templates => routes.Templates;

    internal async Task HandleAsync(HttpContext http)
    {
        // On every response, errors as well: clients learn the version from them.
        http.Response.Headers["Api-Version"] = ApiVersion.Newest.ToString();
        http.Response.Headers["Ostype"] = "linux";
        http.Response.Headers["Docker-Experimental"] = "false";
        http.Response.Headers.Server = $"Docker/{ServerVersion.Text} (linux)";
        IHijackFeature? connection = http.Features.Get<IHijackFeature>();
        try
        {
            (ApiVersion version, string path) = SplitVersion(http.Request.Path.Value ?? "/");
            RouteMatch match = routes.Match(http.Request.Method, path) ?? throw ApiException.NotFound("page not found");
            connection?.BeginRequest(match.Hijacks);
            await match.Handler(new ApiRequest(http, version, match)).ConfigureAwait(false);
        }
        catch (Exception e) when (!IsVanishedClient(http, connection, e))
        {
            await AnswerAsync(http, connection, e).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Nobody is there to be told.
            Vanished(http.Request.Method, http.Request.Path, e.GetType().Name);
            http.Abort();
        }
        finally
        {
            connection?.EndRequest();
        }
    }

    private static bool IsVanishedClient(HttpContext http, IHijackFeature? connection, Exception exception)
        => exception is OperationCanceledException or IOException && (http.RequestAborted.IsCancellationRequested || connection is { IsHijacked: true });

    private async Task AnswerAsync(HttpContext http, IHijackFeature? connection, Exception exception)
    {
        (int status, string message) = ErrorMapping.Describe(exception);
        if (status >= StatusCodes.Status500InternalServerError && exception is not (ApiException or ContainerKitException))
            Failed(http.Request.Method, http.Request.Path, exception);
        if (connection is { IsHijacked: true } || http.Response.HasStarted)
        {
            // The status is sent: a body that ends early is all that can be said.
            http.Abort();
            return;
        }

        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new ErrorMessage(message), ErrorJson.Default.ErrorMessage);
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
            await http.Response.Body.WriteAsync(body, http.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>A path with or without <c>/v1.44</c>; none means the newest. An escaped slash is a slash: names of images have them.</summary>
    private static (ApiVersion Version, string Path) SplitVersion(string path)
    {
        path = path.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        int end = path.IndexOf('/', 1 <= path.Length ? 1 : 0);
        return end > 0 && ApiVersion.TryParse(path.AsSpan(1, end - 1), out int major, out int minor)
            ? (ApiVersion.Negotiate(major, minor), path[end..])
            : (ApiVersion.Newest, path);
    }

    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed")]
    private partial void Failed(string method, string path, Exception exception);

    [LoggerMessage(2, LogLevel.Debug, "{Method} {Path}: the client is gone ({Reason})")]
    private partial void Vanished(string method, string path, string reason);
}

using System.Text.Json;
using ContainerKit.RegistryServer.Access;
using ContainerKit.RegistryServer.Blobs;
using ContainerKit.RegistryServer.Catalog;
using ContainerKit.RegistryServer.Health;
using ContainerKit.RegistryServer.Manifests;
using ContainerKit.RegistryServer.Referrers;
using ContainerKit.RegistryServer.Storage;
using ContainerKit.RegistryServer.Tags;
using ContainerKit.RegistryServer.Uploads;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace ContainerKit.RegistryServer.Routing;

/// <summary>From a request to the endpoint that answers it, with the access that it needs; and from whatever goes wrong to an error of the specification.</summary>
internal sealed partial class RegistryDispatcher(
    OciRegistryOptions options, RegistryAuthenticator authenticator, TokenEndpoint? tokens, RegistryPages pages, RegistryMetrics metrics, ILogger logger)
{
    internal required BlobEndpoints Blobs { get; init; }

    internal required UploadEndpoints Uploads { get; init; }

    internal required ManifestEndpoints Manifests { get; init; }

    internal required TagEndpoints Tags { get; init; }

    internal required ReferrerEndpoints Referrers { get; init; }

    internal required CatalogEndpoints Catalog { get; init; }

    internal async Task HandleAsync(HttpContext http)
    {
        string kind = "other";
        try
        {
            // The bounds are ours; blobs have any size.
            if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
                size.MaxRequestBodySize = null;
            http.Response.Headers.XContentTypeOptions = "nosniff";
            string path = http.Request.Path.Value ?? "/";
            if (tokens is not null && path == "/token")
            {
                kind = "token";
                await tokens.HandleAsync(http).ConfigureAwait(false);
                return;
            }

            RegistryRoute? route = RegistryRoute.Parse(path);
            if (route is { } found)
            {
                kind = Name(found.Kind);
                http.Response.Headers["Docker-Distribution-Api-Version"] = "registry/2.0";
                await HandleAsync(http, found).ConfigureAwait(false);
                return;
            }

            if (!await pages.TryHandleAsync(http, path).ConfigureAwait(false))
                throw new RegistryFault(StatusCodes.Status404NotFound, "UNSUPPORTED", "there is nothing at this address");
        }
        catch (Exception e) when (http.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            // The client has gone: nobody reads an answer.
        }
        catch (Exception e)
        {
            await WriteErrorAsync(http, ToFault(e)).ConfigureAwait(false);
        }
        finally
        {
            metrics.CountRequest(kind, http.Request.Method, http.Response.StatusCode);
        }
    }

    private async Task HandleAsync(HttpContext http, RegistryRoute route)
    {
        (Func<RegistryRequest, Task>? handler, OciRegistryActions needed) = Find(http.Request.Method, route.Kind);
        RegistryAccess access = await AuthorizeAsync(http, route, needed).ConfigureAwait(false);
        if (handler is null)
            throw RegistryFault.Unsupported("the method is not supported here");
        if (needed is OciRegistryActions.Push or OciRegistryActions.Delete)
        {
            if (options.ReadOnly)
                throw RegistryFault.Unsupported("the registry is read-only");
            if (options.Mirror is not null)
                throw RegistryFault.Unsupported("the registry is a cache of another one; push there");
        }

        await handler(new RegistryRequest(http, route, access)).ConfigureAwait(false);
    }

    private (Func<RegistryRequest, Task>? Handler, OciRegistryActions Needed) Find(string method, RouteKind kind)
    {
        bool isRead = HttpMethods.IsGet(method) || HttpMethods.IsHead(method);
        return kind switch
        {
            RouteKind.Base when isRead => (AnswerBaseAsync, OciRegistryActions.None),
            RouteKind.Catalog when isRead => (Catalog.ListAsync, OciRegistryActions.None),
            RouteKind.Tags when isRead => (Tags.ListAsync, OciRegistryActions.Pull),
            RouteKind.Referrers when isRead => (Referrers.ListAsync, OciRegistryActions.Pull),
            RouteKind.Manifest when isRead => (Manifests.GetAsync, OciRegistryActions.Pull),
            RouteKind.Manifest when HttpMethods.IsPut(method) => (Manifests.PutAsync, OciRegistryActions.Push),
            RouteKind.Manifest when HttpMethods.IsDelete(method) => (Manifests.DeleteAsync, OciRegistryActions.Delete),
            RouteKind.Blob when isRead => (Blobs.GetAsync, OciRegistryActions.Pull),
            RouteKind.Blob when HttpMethods.IsDelete(method) => (Blobs.DeleteAsync, OciRegistryActions.Delete),
            RouteKind.Uploads when HttpMethods.IsPost(method) => (Uploads.StartAsync, OciRegistryActions.Push),
            RouteKind.Upload when isRead => (Uploads.GetStatusAsync, OciRegistryActions.Push),
            RouteKind.Upload when HttpMethods.IsPatch(method) => (Uploads.AppendAsync, OciRegistryActions.Push),
            RouteKind.Upload when HttpMethods.IsPut(method) => (Uploads.FinishAsync, OciRegistryActions.Push),
            RouteKind.Upload when HttpMethods.IsDelete(method) => (Uploads.CancelAsync, OciRegistryActions.Push),
            _ => (null, OciRegistryActions.None),
        };
    }

    /// <exception cref="RegistryFault">The client may not, or has to say first who it is.</exception>
    private async ValueTask<RegistryAccess> AuthorizeAsync(HttpContext http, RegistryRoute route, OciRegistryActions needed)
    {
        RegistryAccess? access = await authenticator.AuthenticateAsync(http).ConfigureAwait(false);
        string? scope = route.Kind == RouteKind.Catalog ? "registry:catalog:*"
            : route.Repository.Length > 0 && needed != OciRegistryActions.None
                ? ResourceScope.ToText(route.Repository, needed == OciRegistryActions.Push ? OciRegistryActions.Pull | needed : needed)
            : null;
        bool isAllowed = access is not null && route.Kind switch
        {
            // Clients learn here that there are credentials to show: also from a registry that everybody may pull from.
            RouteKind.Base => authenticator.IsOpen || access.User is not null || IsBearer(http),
            RouteKind.Catalog => access.CanList,
            _ => access.Allows(route.Repository, needed),
        };
        if (isAllowed)
            return access!;
        if (authenticator.IsOpen || access is { MayAskAgain: false })
            throw RegistryFault.Denied("requested access to the resource is denied");
        authenticator.Challenge(http, scope, access is null);
        throw new RegistryFault(StatusCodes.Status401Unauthorized, "UNAUTHORIZED", access is null ? "the credentials are wrong or no longer valid" : "authentication required");
    }

    private static bool IsBearer(HttpContext http) => http.Request.Headers.Authorization.Count > 0;

    private static Task AnswerBaseAsync(RegistryRequest request) => request.WriteAsync(StatusCodes.Status200OK, "application/json", "{}"u8.ToArray());

    private RegistryFault ToFault(Exception error)
    {
        switch (error)
        {
            case RegistryFault fault:
                return fault;
            case BadHttpRequestException bad:
                return new RegistryFault(bad.StatusCode, "UNSUPPORTED", bad.Message);
            case Exception full when StorageFault.IsFull(full):
                Full(logger);
                return RegistryFault.StorageFull();
            default:
                Failed(logger, error);
                return new RegistryFault(StatusCodes.Status500InternalServerError, "UNKNOWN", "the registry has failed; its log says more");
        }
    }

    private static async Task WriteErrorAsync(HttpContext http, RegistryFault fault)
    {
        if (http.Response.HasStarted)
        {
            // The rest can't be sent: a connection that breaks is what tells the client.
            http.Abort();
            return;
        }

        string? challenge = http.Response.Headers.WWWAuthenticate;
        http.Response.Clear();
        http.Response.Headers.WWWAuthenticate = challenge;
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers["Docker-Distribution-Api-Version"] = "registry/2.0";
        http.Response.StatusCode = fault.Status;
        if (fault.RetryAfter is { } seconds)
            http.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        ErrorEntry[] entries = fault.Digests.Count == 0
            ? [new ErrorEntry(fault.Code, fault.Message, null)]
            : [.. fault.Digests.Select(digest => new ErrorEntry(fault.Code, fault.Message, new ErrorDetail(digest)))];
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(new ErrorDocument(entries), RegistryDocuments.Default.ErrorDocument);
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = content.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
            await http.Response.Body.WriteAsync(content, CancellationToken.None).ConfigureAwait(false);
    }

    private static string Name(RouteKind kind) => kind switch
    {
        RouteKind.Base => "base",
        RouteKind.Catalog => "catalog",
        RouteKind.Blob => "blob",
        RouteKind.Uploads or RouteKind.Upload => "upload",
        RouteKind.Manifest => "manifest",
        RouteKind.Tags => "tags",
        _ => "referrers",
    };

    [LoggerMessage(1, LogLevel.Error, "A request has failed")]
    private static partial void Failed(ILogger logger, Exception error);

    [LoggerMessage(2, LogLevel.Error, "The disk is full: an upload was refused")]
    private static partial void Full(ILogger logger);
}

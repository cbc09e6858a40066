using System.Globalization;
using System.Text.Json;
using ContainerKit.DockerApi.Contracts;
using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;
using ContainerKit.DockerApi.Streams;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.DockerApi.Containers;

/// <summary>What is in a container, and what it says: logs, processes, changes, files.</summary>
internal sealed class ContainerDataEndpoints(DockerApiService service)
{
    private const string PathStatHeader = "X-Docker-Container-Path-Stat";

    internal void Map(RouteTable routes)
    {
        routes.Get("/containers/{id}/logs", WriteLogsAsync);
        routes.Get("/containers/{id}/top", WriteTopAsync);
        routes.Get("/containers/{id}/changes", WriteChangesAsync);
        routes.Get("/containers/{id}/export", ExportAsync);
        routes.Head("/containers/{id}/archive", StatAsync);
        routes.Get("/containers/{id}/archive", ReadArchiveAsync);
        routes.Put("/containers/{id}/archive", WriteArchiveAsync);
    }

    private async Task WriteLogsAsync(ApiRequest request)
    {
        var wanted = new LogRequest
        {
            StandardOutput = request.Query.Flag("stdout"),
            StandardError = request.Query.Flag("stderr"),
            Follow = request.Query.Flag("follow"),
            Timestamps = request.Query.Flag("timestamps"),
            Since = request.Query.Time("since"),
            Until = request.Query.Time("until"),
            Tail = Tail(request.Query.NonEmpty("tail")),
        };
        request.Query.Accept("details"); // a log driver's further attributes; json-file has none here
        request.Query.Complete();
        if (!wanted.StandardOutput && !wanted.StandardError)
            throw ApiException.BadRequest("Bad parameters: you must choose at least one stream");
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);
        if (container.Spec.Log.Driver == LogDriver.None)
            throw ApiException.Unsupported("configured logging driver does not support reading");
        bool hasTerminal = container.Spec.Terminal;
        await LogWriter.WriteAsync(
            container, request.Http.Response.BodyWriter, wanted, hasTerminal, request.Aborted, () => request.StartStreamAsync(StreamFrame.TypeOf(request.Version, hasTerminal)))
            .ConfigureAwait(false);
    }

    /// <summary><c>all</c>, or what is no number, is everything: so Docker reads it.</summary>
    private static int? Tail(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int lines) ? lines : null;

    private async Task WriteTopAsync(ApiRequest request)
    {
        string arguments = request.Query.NonEmpty("ps_args") ?? "-ef";
        request.Query.Complete();
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);
        ContainerInfo info = await container.InspectAsync(request.Aborted).ConfigureAwait(false);
        if (info.ProcessId is null)
            throw ApiException.Conflict($"container {info.Id} is not running");
        ContainerProcessList processes = await container.TopAsync(arguments, request.Aborted).ConfigureAwait(false);
        await request.WriteJsonAsync(new TopResponse(processes.Titles, processes.Processes), ContainerJson.Default.TopResponse).ConfigureAwait(false);
    }

    private async Task WriteChangesAsync(ApiRequest request)
    {
        request.Query.Complete();
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);
        IReadOnlyList<FileChange> changes = await container.GetChangesAsync(request.Aborted).ConfigureAwait(false);
        await request.WriteJsonAsync([.. changes.Select(change => new ChangeBody(change.Path, (int)change.Kind))], ContainerJson.Default.ChangeBodyArray).ConfigureAwait(false);
    }

    private async Task ExportAsync(ApiRequest request)
    {
        request.Query.Complete();
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);
        request.Http.Response.ContentType = "application/x-tar";
        await container.ExportAsync(request.Http.Response.Body, request.Aborted).ConfigureAwait(false);
    }

    private async Task StatAsync(ApiRequest request)
    {
        (Container container, string path) = await FindPathAsync(request).ConfigureAwait(false);
        await WriteStatAsync(request, container, path).ConfigureAwait(false);
    }

    private async Task ReadArchiveAsync(ApiRequest request)
    {
        (Container container, string path) = await FindPathAsync(request).ConfigureAwait(false);
        await WriteStatAsync(request, container, path).ConfigureAwait(false);
        request.Http.Response.ContentType = "application/x-tar";
        await container.CopyFromAsync(path, request.Http.Response.Body, request.Aborted).ConfigureAwait(false);
    }

    private async Task WriteArchiveAsync(ApiRequest request)
    {
        bool keepTypes = request.Query.Flag("noOverwriteDirNonDir");
        bool chown = request.Query.Flag("copyUIDGID");
        (Container container, string path) = await FindPathAsync(request).ConfigureAwait(false);
        ContainerPathInfo target = await container.GetPathInfoAsync(path, request.Aborted).ConfigureAwait(false);
        if (target.Type is not (ContainerPathType.Directory or ContainerPathType.SymbolicLink))
            throw ApiException.BadRequest("extraction point is not a directory");
        var options = new CopyToOptions { KeepTypes = keepTypes, KeepOwners = !chown, Owner = chown ? container.Spec.User : null };
        await container.CopyToAsync(request.Http.Request.Body, path, options, request.Aborted).ConfigureAwait(false);

        // The archive ends before the body does, which has padding.
        await request.Http.Request.Body.CopyToAsync(Stream.Null, request.Aborted).ConfigureAwait(false);
        await request.WriteStatusAsync(StatusCodes.Status200OK).ConfigureAwait(false);
    }

    private async Task<(Container Container, string Path)> FindPathAsync(ApiRequest request)
    {
        string path = request.Query.NonEmpty("path") ?? throw ApiException.BadRequest("missing path");
        request.Query.Complete();
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);
        return (container, path.StartsWith('/') ? path : "/" + path);
    }

    private static async Task WriteStatAsync(ApiRequest request, Container container, string path)
    {
        ContainerPathInfo info;
        try
        {
            info = await container.GetPathInfoAsync(path, request.Aborted).ConfigureAwait(false);
        }
        catch (NotFoundException e)
        {
            throw ApiException.NotFound($"Could not find the file {path} in container {request.Route("id")}", e);
        }

        var stat = new PathStatBody(info.Name, info.Size, GoFileMode.From(info), DockerTime.Format(info.ModifiedAt), info.LinkTarget ?? "");
        request.Http.Response.Headers[PathStatHeader] = Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(stat, ContainerJson.Default.PathStatBody));
    }
}

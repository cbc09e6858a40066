using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;
using ContainerKit.DockerApi.Transfers;

namespace ContainerKit.DockerApi.Images;

/// <summary>Images as archives.</summary>
internal sealed class ImageArchiveEndpoints(DockerApiService service)
{
    private const string StandardInput = "-";

    internal void Map(RouteTable routes)
    {
        routes.Get("/images/get", request => SaveAsync(request, [.. request.Query.All("names").Where(name => name.Length > 0)]));
        routes.Get("/images/{name+}/get", request => SaveAsync(request, [request.Route("name")]));
        routes.Post("/images/load", LoadAsync);
    }

    /// <summary>Makes an image of a root file system; <c>POST /images/create?fromSrc=</c>.</summary>
    internal async Task ImportAsync(ApiRequest request, string source)
    {
        if (source != StandardInput)
            throw ApiException.BadRequest($"fromSrc '{source}' is not supported: this engine downloads no archives. Fetch it, and send it as the body with fromSrc=-.");
        string? repository = request.Query.NonEmpty("repo");
        string? tag = request.Query.NonEmpty("tag");
        var options = new ImageImportOptions
        {
            Reference = repository is null ? null : ImageLookup.Join(repository, tag),
            Comment = request.Query.NonEmpty("message") ?? $"Imported from {source}",
            Changes = [.. request.Query.All("changes").Where(change => change.Length > 0)],
            Platform = PlatformQuery.Read(request),
        };
        request.Query.Complete();
        await ProgressStream.RunAsync(request, async stream =>
        {
            Image image = await service.Engine.Images.ImportAsync(request.Http.Request.Body, options, request.Aborted).ConfigureAwait(false);
            await stream.WriteStatusAsync(image.Id.ToString()).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private async Task SaveAsync(ApiRequest request, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
            throw ApiException.BadRequest("Parameter names is missing: the images to save are wanted.");
        foreach (string name in names)
            PlatformQuery.Check(request, await ImageLookup.GetAsync(service.Engine, name, request.Aborted).ConfigureAwait(false), name);
        request.Query.Accept("platform");
        request.Query.Complete();
        Stream body = await request.StartStreamAsync("application/x-tar").ConfigureAwait(false);
        await service.Engine.Images.SaveAsync(names, body, ImageArchiveFormat.Docker, request.Aborted).ConfigureAwait(false);
    }

    private async Task LoadAsync(ApiRequest request)
    {
        // What is read of the archive is not known before its end: there is no progress to be quiet about.
        request.Query.Accept("quiet");
        foreach (string platform in request.Query.All("platform").Where(platform => platform.Length > 0))
            throw ApiException.BadRequest($"Parameter platform '{platform}' is not supported: of an archive the image for this machine is loaded. Leave it out.");
        request.Query.Complete();
        await ProgressStream.RunAsync(request, async stream =>
        {
            IReadOnlyList<Image> images = await service.Engine.Images.LoadAsync(request.Http.Request.Body, request.Aborted).ConfigureAwait(false);
            foreach (Image image in images.DistinctBy(image => image.Id))
            {
                foreach (string name in image.References.Select(name => name.FamiliarString))
                    await stream.WriteTextAsync($"Loaded image: {name}\n").ConfigureAwait(false);
                if (image.References.Count == 0)
                    await stream.WriteTextAsync($"Loaded image ID: {image.Id}\n").ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }
}

using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;
using ContainerKit.DockerApi.Transfers;

namespace ContainerKit.DockerApi.Builds;

/// <summary>Builds, by the protocol of the classic builder.</summary>
internal sealed class BuildEndpoints(DockerApiService service)
{
    private const string BuildKit = "2";

    /// <summary>Where clients of BuildKit look for the result.</summary>
    private const string ImageIdLine = "moby.image.id";

    internal void Map(RouteTable routes)
    {
        routes.Post("/build", BuildAsync);
        routes.Post("/build/prune", PruneAsync);
        routes.Post("/build/cancel", Cancel);
    }

    private async Task BuildAsync(ApiRequest request)
    {
        string version = request.Query.NonEmpty("version") ?? "1";
        if (version is not ("1" or BuildKit))
            throw ApiException.BadRequest($"Parameter version '{version}' is not allowed: expected 1, or 2 without a session.");
        if (request.Query.NonEmpty("session") is not null)
            throw ApiException.BadRequest("Sessions of BuildKit clients are not offered. Set DOCKER_BUILDKIT=0: the builder itself understands what BuildKit's Dockerfiles may have.");
        bool quiet = request.Query.Flag("q");
        BuildSpec spec = BuildQuery.Read(request);
        request.Query.Complete();
        await ProgressStream.RunAsync(request, async stream =>
        {
            var queue = new BuildOutputQueue(quiet);
            Image image = await queue.RunAsync(stream, token => service.Engine.Images.BuildAsync(spec, queue, token), request.Aborted).ConfigureAwait(false);
            var result = new ProgressResult { ID = image.Id.ToString() };
            await stream.WriteAsync(version == BuildKit ? new ProgressLine { Id = ImageIdLine, Aux = result } : new ProgressLine { Aux = result }).ConfigureAwait(false);
            await WriteResultAsync(stream, spec, image, quiet).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private static async Task WriteResultAsync(ProgressStream stream, BuildSpec spec, Image image, bool quiet)
    {
        if (quiet)
        {
            await stream.WriteTextAsync($"{image.Id}\n").ConfigureAwait(false);
            return;
        }

        await stream.WriteTextAsync($"Successfully built {image.ShortId}\n").ConfigureAwait(false);
        foreach (string tag in spec.Tags)
            await stream.WriteTextAsync($"Successfully tagged {Oci.ImageReference.Parse(tag).FamiliarString}\n").ConfigureAwait(false);
    }

    private async Task PruneAsync(ApiRequest request)
    {
        FilterSet filters = request.Query.Filters();

        // Nothing is kept for itself: what no image needs goes, with "all" or without.
        request.Query.Accept("all");
        foreach (string name in (string[])["keep-storage", "reserved-space", "max-used-space", "min-free-space"])
            request.Query.Refuse(name, "the cache is emptied by age only. Use the filter until");
        request.Query.Complete();
        BuildCachePruneReport report = await service.Engine.PruneBuildCacheAsync(filters, request.Aborted).ConfigureAwait(false);
        await request.WriteJsonAsync(new BuildPruneContract([], report.ReclaimedSpace.Bytes), BuildJson.Default.BuildPruneContract).ConfigureAwait(false);
    }

    private static Task Cancel(ApiRequest request)
        => throw ApiException.NotFound("There is no such build: one is cancelled by closing its connection.");
}

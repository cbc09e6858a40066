using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.DockerApi.Images;

/// <summary>What there is of images, and how they go.</summary>
internal sealed class ImageEndpoints(DockerApiService service)
{
    private const string NoImage = "<missing>";

    internal void Map(RouteTable routes)
    {
        routes.Get("/images/json", ListAsync);
        routes.Get("/images/search", Search);
        routes.Post("/images/prune", PruneAsync);
        routes.Get("/images/{name+}/json", InspectAsync);
        routes.Get("/images/{name+}/history", HistoryAsync);
        routes.Post("/images/{name+}/tag", TagAsync);
        routes.Delete("/images/{name+}", RemoveAsync);
    }

    private async Task ListAsync(ApiRequest request)
    {
        FilterSet filters = request.Query.Filters();

        // Before API 1.41 there was a parameter for this one.
        if (request.Query.NonEmpty("filter") is string pattern)
            filters = filters.With("reference", pattern);

        // There are no intermediate images that "all" would add, "digests" is for the client's table, and of manifests there is one for each image.
        // With "only_ids" old clients pick the ids themselves, too.
        request.Query.Accept("all", "digests", "manifests", "only_ids");
        bool measured = request.Query.Flag("shared-size");
        request.Query.Complete();
        IReadOnlyList<Image> images = await service.Engine.Images.ListAsync(filters, request.Aborted).ConfigureAwait(false);
        Dictionary<string, ImageDiskUsage> usage = measured
            ? (await service.Engine.GetDiskUsageAsync(request.Aborted).ConfigureAwait(false)).Images.DistinctBy(each => each.Image.Id).ToDictionary(each => each.Image.Id.ToString())
            : [];
        await request.WriteJsonAsync<IReadOnlyList<ImageSummaryContract>>(
            [.. images.Select(image => ImageMapping.ToSummary(image, request.Version, usage.GetValueOrDefault(image.Id.ToString())))],
            ImageJson.Default.IReadOnlyListImageSummaryContract).ConfigureAwait(false);
    }

    private static Task Search(ApiRequest request)
        => throw ApiException.Unsupported("Searching is a service of Docker Hub alone, which this engine does not use. Pull by name, or search at the registry itself.");

    private async Task InspectAsync(ApiRequest request)
    {
        string name = request.Route("name");
        request.Query.Accept("manifests");
        Image image = await ImageLookup.GetAsync(service.Engine, name, request.Aborted).ConfigureAwait(false);
        PlatformQuery.Check(request, image, name);
        request.Query.Complete();
        ImageInfo info = await service.Engine.Images.InspectAsync(image.Id.ToString(), request.Aborted).ConfigureAwait(false);
        await request.WriteJsonAsync(ImageMapping.ToInspect(info, request.Version), ImageJson.Default.ImageInspectContract).ConfigureAwait(false);
    }

    private async Task HistoryAsync(ApiRequest request)
    {
        string name = request.Route("name");
        Image image = await ImageLookup.GetAsync(service.Engine, name, request.Aborted).ConfigureAwait(false);
        PlatformQuery.Check(request, image, name);
        request.Query.Complete();
        IReadOnlyList<ImageHistoryEntry> history = await service.Engine.Images.GetHistoryAsync(image.Id.ToString(), request.Aborted).ConfigureAwait(false);
        await request.WriteJsonAsync<IReadOnlyList<ImageHistoryContract>>(
            [.. history.Select(step => new ImageHistoryContract(
                step.ImageId?.ToString() ?? NoImage,
                step.Created?.ToUnixTimeSeconds() ?? 0,
                step.CreatedBy,
                step.References.Count == 0 ? null : [.. step.References.Select(reference => reference.FamiliarString)],
                step.Size,
                step.Comment))],
            ImageJson.Default.IReadOnlyListImageHistoryContract).ConfigureAwait(false);
    }

    private async Task TagAsync(ApiRequest request)
    {
        string repository = request.Query.NonEmpty("repo") ?? throw ApiException.BadRequest("Parameter repo is missing: the new name is wanted.");
        string name = ImageLookup.Join(repository, request.Query.NonEmpty("tag"));

        // A name that another image has is always taken from it.
        request.Query.Accept("force");
        request.Query.Complete();
        _ = await ImageLookup.GetAsync(service.Engine, request.Route("name"), request.Aborted).ConfigureAwait(false);
        await service.Engine.Images.TagAsync(request.Route("name"), name, request.Aborted).ConfigureAwait(false);
        await request.WriteStatusAsync(StatusCodes.Status201Created).ConfigureAwait(false);
    }

    private async Task RemoveAsync(ApiRequest request)
    {
        string name = request.Route("name");
        bool force = request.Query.Flag("force");

        // There are no parents without a name that could be kept or removed.
        request.Query.Accept("noprune");
        Image image = await ImageLookup.GetAsync(service.Engine, name, request.Aborted).ConfigureAwait(false);
        foreach (string platform in request.Query.All("platforms"))
            throw ApiException.BadRequest($"Parameter platforms '{platform}' is not supported: an image here is of one platform. Leave it out.");
        PlatformQuery.Check(request, image, name);
        request.Query.Complete();
        ImageRemovalReport report = await service.Engine.Images.RemoveAsync(name, force, request.Aborted).ConfigureAwait(false);
        await request.WriteJsonAsync(Describe(report), ImageJson.Default.IReadOnlyListImageDeleteContract).ConfigureAwait(false);
    }

    private async Task PruneAsync(ApiRequest request)
    {
        FilterSet filters = request.Query.Filters();
        request.Query.Complete();
        ImageRemovalReport report = await service.Engine.Images.PruneAsync(filters, request.Aborted).ConfigureAwait(false);
        await request.WriteJsonAsync(new ImagePruneContract(Describe(report), report.ReclaimedBytes), ImageJson.Default.ImagePruneContract).ConfigureAwait(false);
    }

    private static IReadOnlyList<ImageDeleteContract> Describe(ImageRemovalReport report) =>
    [
        .. report.Untagged.Select(name => new ImageDeleteContract { Untagged = name.FamiliarString }),
        .. report.DeletedImages.Concat(report.DeletedLayers).Select(digest => new ImageDeleteContract { Deleted = digest.ToString() }),
    ];
}

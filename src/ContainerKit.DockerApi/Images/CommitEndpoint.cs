using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.DockerApi.Images;

/// <summary>Makes an image of a container.</summary>
internal sealed class CommitEndpoint(DockerApiService service)
{
    internal void Map(RouteTable routes) => routes.Post("/commit", CommitAsync);

    private async Task CommitAsync(ApiRequest request)
    {
        string name = request.Query.NonEmpty("container") ?? throw ApiException.BadRequest("Parameter container is missing: the container to commit is wanted.");
        string? repository = request.Query.NonEmpty("repo");
        string? tag = request.Query.NonEmpty("tag");
        string? author = request.Query.NonEmpty("author");
        string? message = request.Query.NonEmpty("comment");
        bool pause = request.Query.Flag("pause", missing: true);

        // Several instructions come as several parameters, or as lines of one.
        string[] changes = [.. request.Query.All("changes").SelectMany(change => change.Split('\n')).Select(change => change.Trim()).Where(change => change.Length > 0)];
        request.Query.Complete();
        ImageConfigContract? configuration = await request.ReadJsonAsync(ImageJson.Default.ImageConfigContract).ConfigureAwait(false);
        Container container = await service.Engine.Containers.FindAsync(name, request.Aborted).ConfigureAwait(false)
            ?? throw ApiException.NotFound($"No such container: {name}");
        Image image = await container.CommitAsync(
            repository is null ? null : ImageLookup.Join(repository, tag),
            new CommitOptions
            {
                Author = author,
                Message = message,
                Pause = pause,
                Changes = changes,
                Configuration = configuration is null ? null : await CommitConfiguration.MergeAsync(service.Engine, container, configuration, request.Aborted).ConfigureAwait(false),
            },
            request.Aborted).ConfigureAwait(false);
        await request.WriteJsonAsync(new CommitContract(image.Id.ToString()), ImageJson.Default.CommitContract, StatusCodes.Status201Created).ConfigureAwait(false);
    }
}

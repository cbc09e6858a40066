using ContainerKit.DockerApi.Contracts;
using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;

namespace ContainerKit.DockerApi.Containers;

/// <summary>What a container uses.</summary>
internal sealed class StatsEndpoints(DockerApiService service)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    internal void Map(RouteTable routes) => routes.Get("/containers/{id}/stats", WriteAsync);

    private async Task WriteAsync(ApiRequest request)
    {
        bool stream = request.Query.Flag("stream", missing: true);
        bool oneShot = request.Query.Flag("one-shot");
        request.Query.Complete();
        if (stream && oneShot)
            throw ApiException.BadRequest("cannot have stream=true and one-shot=true");
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);
        using JsonLines lines = request.OpenJsonLines();
        if (stream)
            await lines.StartAsync().ConfigureAwait(false);
        try
        {
            if (oneShot)
                await lines.WriteAsync(StatsMapper.Map(container, await container.GetStatsAsync(request.Aborted).ConfigureAwait(false), null), ContainerJson.Default.StatsBody).ConfigureAwait(false);
            else
                await WatchAsync(container, lines, stream, request.Aborted).ConfigureAwait(false);
        }
        catch (InvalidStateException)
        {
            // It does not run: zeros, and no error.
            await lines.WriteAsync(StatsMapper.Nothing(container), ContainerJson.Default.StatsBody).ConfigureAwait(false);
        }
    }

    /// <summary>A stream begins at once; a single answer needs two samples, since clients want the difference.</summary>
    private static async Task WatchAsync(Container container, JsonLines lines, bool stream, CancellationToken aborted)
    {
        ContainerStats? previous = null;
        await foreach (ContainerStats sample in container.WatchStatsAsync(Interval, aborted).ConfigureAwait(false))
        {
            if (stream || previous is not null)
                await lines.WriteAsync(StatsMapper.Map(container, sample, previous), ContainerJson.Default.StatsBody).ConfigureAwait(false);
            if (!stream && previous is not null)
                return;
            previous = sample;
        }

        // It ended between the two.
        if (!stream)
            await lines.WriteAsync(StatsMapper.Nothing(container), ContainerJson.Default.StatsBody).ConfigureAwait(false);
    }
}

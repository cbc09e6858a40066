using ContainerKit.DockerApi.Contracts;
using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.DockerApi.Containers;

/// <summary>Starting, stopping, waiting.</summary>
internal sealed class LifecycleEndpoints(DockerApiService service)
{
    private static readonly TimeSpan LongestStop = TimeSpan.FromDays(45);

    internal void Map(RouteTable routes)
    {
        routes.Post("/containers/{id}/start", StartAsync);
        routes.Post("/containers/{id}/stop", StopAsync);
        routes.Post("/containers/{id}/restart", RestartAsync);
        routes.Post("/containers/{id}/kill", KillAsync);
        routes.Post("/containers/{id}/pause", PauseAsync);
        routes.Post("/containers/{id}/unpause", UnpauseAsync);
        routes.Post("/containers/{id}/wait", WaitAsync);
        routes.Post("/containers/{id}/resize", ResizeAsync);
    }

    private async Task StartAsync(ApiRequest request)
    {
        request.Query.Accept("detachKeys"); // attach has them, too
        request.Query.Refuse("checkpoint", "this engine has no checkpoints");
        request.Query.Refuse("checkpoint-dir", "this engine has no checkpoints");
        request.Query.Complete();
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);
        ContainerInfo info = await container.InspectAsync(request.Aborted).ConfigureAwait(false);
        if (info.Status == ContainerStatus.Paused)
            throw ApiException.Conflict("cannot start a paused container, try unpause instead");
        bool runs = info.Status == ContainerStatus.Running;
        if (!runs)
        {
            // A client that gives up meanwhile does not undo the start, as in Docker.
            await container.StartAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await request.WriteStatusAsync(runs ? StatusCodes.Status304NotModified : StatusCodes.Status204NoContent).ConfigureAwait(false);
    }

    private async Task StopAsync(ApiRequest request)
    {
        TimeSpan? timeout = Timeout(request);
        string? signal = request.Query.NonEmpty("signal");
        request.Query.Complete();
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);
        ContainerInfo info = await container.InspectAsync(request.Aborted).ConfigureAwait(false);
        if (info.Status is not (ContainerStatus.Running or ContainerStatus.Paused or ContainerStatus.Restarting))
        {
            await request.WriteStatusAsync(StatusCodes.Status304NotModified).ConfigureAwait(false);
            return;
        }

        try
        {
            await (signal is null ? container.StopAsync(timeout, request.Aborted) : container.StopAsync(timeout, signal, request.Aborted)).ConfigureAwait(false);
        }
        catch (ArgumentException e) when (signal is not null)
        {
            throw ApiException.BadRequest($"Invalid signal: {signal}", e);
        }

        await request.WriteStatusAsync(StatusCodes.Status204NoContent).ConfigureAwait(false);
    }

    private async Task RestartAsync(ApiRequest request)
    {
        TimeSpan? timeout = Timeout(request);
        string? signal = request.Query.NonEmpty("signal");
        request.Query.Complete();
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);
        try
        {
            await (signal is null ? container.RestartAsync(timeout, CancellationToken.None) : container.RestartAsync(timeout, signal, CancellationToken.None)).ConfigureAwait(false);
        }
        catch (ArgumentException e) when (signal is not null)
        {
            throw ApiException.BadRequest($"Invalid signal: {signal}", e);
        }

        await request.WriteStatusAsync(StatusCodes.Status204NoContent).ConfigureAwait(false);
    }

    private async Task KillAsync(ApiRequest request)
    {
        string signal = request.Query.NonEmpty("signal") ?? "SIGKILL";
        request.Query.Complete();
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);
        ContainerInfo info = await container.InspectAsync(request.Aborted).ConfigureAwait(false);
        try
        {
            await container.KillAsync(signal, request.Aborted).ConfigureAwait(false);
        }
        catch (ArgumentException e)
        {
            throw ApiException.BadRequest($"Invalid signal: {signal}", e);
        }
        catch (InvalidStateException e)
        {
            throw ApiException.Conflict($"cannot kill container: {request.Route("id")}: container {info.Id} is not running", e);
        }

        await request.WriteStatusAsync(StatusCodes.Status204NoContent).ConfigureAwait(false);
    }

    private async Task PauseAsync(ApiRequest request)
    {
        request.Query.Complete();
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);
        ContainerInfo info = await container.InspectAsync(request.Aborted).ConfigureAwait(false);
        if (info.Status == ContainerStatus.Paused)
            throw ApiException.Conflict($"container {info.Id} is already paused");
        if (info.Status != ContainerStatus.Running)
            throw ApiException.Conflict($"container {info.Id} is not running");
        await container.PauseAsync(request.Aborted).ConfigureAwait(false);
        await request.WriteStatusAsync(StatusCodes.Status204NoContent).ConfigureAwait(false);
    }

    private async Task UnpauseAsync(ApiRequest request)
    {
        request.Query.Complete();
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);
        ContainerInfo info = await container.InspectAsync(request.Aborted).ConfigureAwait(false);
        if (info.Status != ContainerStatus.Paused)
            throw ApiException.Conflict($"container {info.Id} is not paused");
        await container.UnpauseAsync(request.Aborted).ConfigureAwait(false);
        await request.WriteStatusAsync(StatusCodes.Status204NoContent).ConfigureAwait(false);
    }

    private async Task WaitAsync(ApiRequest request)
    {
        WaitCondition condition = request.Query.NonEmpty("condition") switch
        {
            null or "not-running" => WaitCondition.NotRunning,
            "next-exit" => WaitCondition.NextExit,
            "removed" => WaitCondition.Removed,
            { } other => throw ApiException.BadRequest($"invalid condition: \"{other}\""),
        };
        request.Query.Complete();
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);

        // What it waits for is fixed here, and then the client is told: it starts the container once it has the head.
        Task<ExitStatus> exit = container.WaitAsync(condition, request.Aborted);
        bool hasRun = !exit.IsCompleted || await HasRunAsync(container, request.Aborted).ConfigureAwait(false);
        using JsonLines lines = request.OpenJsonLines();
        await lines.StartAsync().ConfigureAwait(false);
        WaitResponse response;
        try
        {
            response = new WaitResponse((await exit.ConfigureAwait(false)).ExitCode);
            if (hasRun)
                await service.Attached.WaitAsync(container.Id).ConfigureAwait(false);
        }
        catch (ContainerKitException e)
        {
            response = new WaitResponse(-1, new WaitResponse.WaitError(e.Message));
        }

        await lines.WriteAsync(response, ContainerJson.Default.WaitResponse).ConfigureAwait(false);
    }

    /// <summary>Whoever is attached to one that has not waits for its first run.</summary>
    private static async Task<bool> HasRunAsync(Container container, CancellationToken cancellationToken)
    {
        try
        {
            return (await container.InspectAsync(cancellationToken).ConfigureAwait(false)).StartedAt is not null;
        }
        catch (NotFoundException)
        {
            return true; // removed in this moment
        }
    }

    private async Task ResizeAsync(ApiRequest request)
    {
        TerminalSize size = TerminalSizeQuery.Read(request);
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);
        ContainerInfo info = await container.InspectAsync(request.Aborted).ConfigureAwait(false);
        if (info.ProcessId is null)
            throw ApiException.Conflict($"container {info.Id} is not running");
        await container.ResizeAsync(size, request.Aborted).ConfigureAwait(false);
        await request.WriteStatusAsync(StatusCodes.Status200OK).ConfigureAwait(false);
    }

    private static TimeSpan? Timeout(ApiRequest request) => request.Query.Number("t") switch
    {
        null => null,
        < 0 => LongestStop,
        int seconds => TimeSpan.FromSeconds(Math.Min(seconds, (int)LongestStop.TotalSeconds)),
    };
}

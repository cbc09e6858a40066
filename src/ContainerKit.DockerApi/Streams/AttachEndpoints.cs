using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;

namespace ContainerKit.DockerApi.Streams;

/// <summary>Attaching to a container.</summary>
internal sealed class AttachEndpoints(DockerApiService service)
{
    /// <summary>
    /// How long a client that does not read may hold up the container: as with a pipe, so long as it is there. <c>docker run … | less</c> is meant so.
    /// </summary>
    private static readonly TimeSpan StallTimeout = TimeSpan.FromDays(1);

    internal void Map(RouteTable routes)
    {
        routes.PostHijack("/containers/{id}/attach", AttachAsync);
        routes.Get("/containers/{id}/attach/ws", static _ => throw ApiException.Unsupported("Attaching by a websocket is not supported: use POST /containers/{id}/attach."));
    }

    private async Task AttachAsync(ApiRequest request)
    {
        bool stream = request.Query.Flag("stream");
        bool logs = request.Query.Flag("logs");
        bool stdin = request.Query.Flag("stdin");
        bool stdout = request.Query.Flag("stdout");
        bool stderr = request.Query.Flag("stderr");
        string? keys = request.Query.NonEmpty("detachKeys");
        request.Query.Complete();
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);
        ContainerInfo info = await container.InspectAsync(request.Aborted).ConfigureAwait(false);
        if (info.Status == ContainerStatus.Paused)
            throw ApiException.Conflict($"container {info.Id} is paused, unpause the container before attach");
        DetachKeys parsed = DetachKeys.Parse(keys);
        bool hasTerminal = info.Spec.Terminal;
        if (!stream)
        {
            HijackedStream past = await request.HijackAsync(StreamFrame.TypeOf(request.Version, hasTerminal)).ConfigureAwait(false);
            if (logs)
                await LogWriter.WriteAsync(container, past.Output, new LogRequest { StandardOutput = stdout, StandardError = stderr }, hasTerminal, request.Aborted).ConfigureAwait(false);
            return;
        }

        // Before the client is told: what comes from then on is its.
        ContainerAttachment attachment = await container.AttachAsync(new AttachOptions { StallTimeout = StallTimeout, NextRun = true }, request.Aborted).ConfigureAwait(false);
        await using (attachment.ConfigureAwait(false))
        {
            HijackedStream client = await request.HijackAsync(StreamFrame.TypeOf(request.Version, hasTerminal)).ConfigureAwait(false);
            if (logs)
                await LogWriter.WriteAsync(container, client.Output, new LogRequest { StandardOutput = stdout, StandardError = stderr }, hasTerminal, request.Aborted).ConfigureAwait(false);
            await RunAsync(attachment, client, new Wanted(stdin, stdout, stderr), info.Spec, hasTerminal ? parsed : null, request.Aborted).ConfigureAwait(false);
        }
    }

    private static async Task RunAsync(ContainerAttachment attachment, HijackedStream client, Wanted wanted, ContainerSpec spec, DetachKeys? keys, CancellationToken aborted)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        using var multiplexer = new OutputMultiplexer(client.Output, spec.Terminal);
        Task output = Task.WhenAll(
            multiplexer.CopyAsync(attachment.StandardOutput, LogStream.StandardOutput, wanted.StandardOutput, stopWhenBroken: true, stop.Token),
            multiplexer.CopyAsync(attachment.StandardError, LogStream.StandardError, wanted.StandardError, stopWhenBroken: true, stop.Token));

        // Without stdin it is read all the same: the end of the client's half must not be the end of its output, and nothing may pile up.
        Task<InputPump.End> input = InputPump.RunAsync(client.Input, wanted.StandardInput ? attachment.StandardInput : null, wanted.StandardInput ? keys : null, stop.Token);
        if (await Task.WhenAny(input, output).ConfigureAwait(false) == input)
        {
            InputPump.End end = await input.ConfigureAwait(false);
            if (end == InputPump.End.Closed && wanted.StandardInput && spec.StdinOnce && attachment.StandardInput is { } closes)
                await closes.CompleteAsync().ConfigureAwait(false);
            if (end == InputPump.End.Detached)
                await stop.CancelAsync().ConfigureAwait(false);
        }

        try
        {
            await output.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Detached, or the server stops.
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await input.ConfigureAwait(false);
    }

    private readonly record struct Wanted(bool StandardInput, bool StandardOutput, bool StandardError);
}

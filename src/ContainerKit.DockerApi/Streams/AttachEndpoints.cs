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

    private const int SelectedStreamsVersion = 42;

    internal void Map(RouteTable routes)
    {
        routes.PostHijack("/containers/{id}/attach", AttachAsync);
        routes.GetHijack("/containers/{id}/attach/ws", AttachWebSocketAsync);
    }

    private async Task AttachAsync(ApiRequest request)
    {
        Wanted wanted = Read(request);
        (Container container, ContainerInfo info) = await FindAsync(request).ConfigureAwait(false);
        bool hasTerminal = info.Spec.Terminal;

        // Before the client is told: what comes from then on is its.
        ContainerAttachment? attachment = await OpenAsync(container, wanted, request.Aborted).ConfigureAwait(false);
        try
        {
            HijackedStream client = await request.HijackAsync(StreamFrame.TypeOf(request.Version, hasTerminal)).ConfigureAwait(false);
            await RunAsync(container, attachment, client, wanted, info.Spec, hasTerminal, request.Aborted).ConfigureAwait(false);
        }
        finally
        {
            if (attachment is not null)
                await attachment.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>By a websocket, on which output and errors come as they are, without frames.</summary>
    private async Task AttachWebSocketAsync(ApiRequest request)
    {
        Wanted wanted = Read(request) with { EndsWithInput = true };

        // Up to API 1.41 all of them came, whatever was asked for.
        if (!request.Version.IsAtLeast(SelectedStreamsVersion))
            wanted = wanted with { StandardInput = true, StandardOutput = true, StandardError = true };
        (Container container, ContainerInfo info) = await FindAsync(request).ConfigureAwait(false);
        ContainerAttachment? attachment = await OpenAsync(container, wanted, request.Aborted).ConfigureAwait(false);
        try
        {
            WebSocketStream client = await request.HijackForWebSocketAsync().ConfigureAwait(false);
            await using (client.ConfigureAwait(false))
                await RunAsync(container, attachment, client.Pipes, wanted, info.Spec, isRaw: true, request.Aborted).ConfigureAwait(false);
        }
        finally
        {
            if (attachment is not null)
                await attachment.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static Wanted Read(ApiRequest request)
    {
        var wanted = new Wanted(
            request.Query.Flag("stream"),
            request.Query.Flag("logs"),
            request.Query.Flag("stdin"),
            request.Query.Flag("stdout"),
            request.Query.Flag("stderr"),
            DetachKeys.Parse(request.Query.NonEmpty("detachKeys")));
        request.Query.Accept("hijack"); // of dockerode, which asks for what this is anyway
        request.Query.Complete();
        return wanted;
    }

    private async Task<(Container Container, ContainerInfo Info)> FindAsync(ApiRequest request)
    {
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);
        ContainerInfo info = await container.InspectAsync(request.Aborted).ConfigureAwait(false);
        return info.Status == ContainerStatus.Paused
            ? throw ApiException.Conflict($"container {info.Id} is paused, unpause the container before attach")
            : (container, info);
    }

    private static async Task<ContainerAttachment?> OpenAsync(Container container, Wanted wanted, CancellationToken cancellationToken)
        => wanted.Stream ? await container.AttachAsync(new AttachOptions { StallTimeout = StallTimeout, NextRun = true }, cancellationToken).ConfigureAwait(false) : null;

    private async Task RunAsync(
        Container container, ContainerAttachment? attachment, HijackedStream client, Wanted wanted, ContainerSpec spec, bool isRaw, CancellationToken aborted)
    {
        if (wanted.Logs)
        {
            var past = new LogRequest { StandardOutput = wanted.StandardOutput, StandardError = wanted.StandardError };
            await LogWriter.WriteAsync(container, client.Output, past, isRaw, aborted).ConfigureAwait(false);
        }

        if (attachment is null)
            return;
        TaskCompletionSource stream = service.Attached.Begin(container.Id);
        try
        {
            await RunAsync(attachment, client, wanted, spec, isRaw, () => service.Attached.End(stream), aborted).ConfigureAwait(false);
        }
        finally
        {
            service.Attached.End(stream);
        }
    }

    private static async Task RunAsync(
        ContainerAttachment attachment, HijackedStream client, Wanted wanted, ContainerSpec spec, bool isRaw, Action outputEnded, CancellationToken aborted)
    {
        DetachKeys? keys = spec.Terminal && wanted.StandardInput ? wanted.Keys : null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        using var multiplexer = new OutputMultiplexer(client.Output, isRaw);
        Task output = Task.WhenAll(
            multiplexer.CopyAsync(attachment.StandardOutput, LogStream.StandardOutput, wanted.StandardOutput, stopWhenBroken: true, stop.Token),
            multiplexer.CopyAsync(attachment.StandardError, LogStream.StandardError, wanted.StandardError, stopWhenBroken: true, stop.Token));

        // Without stdin it is read all the same: the end of the client's half must not be the end of its output, and nothing may pile up.
        Task<InputPump.End> input = InputPump.RunAsync(client.Input, wanted.StandardInput ? attachment.StandardInput : null, keys, stop.Token);
        if (await Task.WhenAny(input, output).ConfigureAwait(false) == input)
        {
            InputPump.End end = await input.ConfigureAwait(false);
            if (end == InputPump.End.Closed && wanted.StandardInput && spec is { StdinOnce: true, Terminal: false } && attachment.StandardInput is { } closes)
                await closes.CompleteAsync().ConfigureAwait(false);
            if (end == InputPump.End.Detached || wanted.EndsWithInput)
                await stop.CancelAsync().ConfigureAwait(false);
        }

        try
        {
            await output.ConfigureAwait(false);
            client.EndOutput();
            outputEnded();
        }
        catch (OperationCanceledException)
        {
            // Detached, or the server stops.
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await input.ConfigureAwait(false);
    }

    private readonly record struct Wanted(bool Stream, bool Logs, bool StandardInput, bool StandardOutput, bool StandardError, DetachKeys Keys)
    {
        /// <summary>True: a client whose input has ended is gone. A websocket is not closed by halves.</summary>
        public bool EndsWithInput { get; init; }
    }
}

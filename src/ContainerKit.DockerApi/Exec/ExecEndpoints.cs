using System.Collections.Immutable;
using ContainerKit.DockerApi.Containers;
using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;
using ContainerKit.DockerApi.Streams;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.DockerApi.Exec;

/// <summary>Further commands in running containers.</summary>
internal sealed class ExecEndpoints(DockerApiService service)
{
    internal void Map(RouteTable routes)
    {
        routes.Post("/containers/{id}/exec", CreateAsync);
        routes.PostHijack("/exec/{id}/start", StartAsync);
        routes.Post("/exec/{id}/resize", ResizeAsync);
        routes.Get("/exec/{id}/json", InspectAsync);
    }

    private async Task CreateAsync(ApiRequest request)
    {
        request.Query.Complete();
        ExecCreateBody body = await request.RequireJsonAsync(ExecJson.Default.ExecCreateBody).ConfigureAwait(false);
        UnknownFields.Refuse("", body.Unknown);
        if (body.Cmd is not { Count: > 0 })
            throw ApiException.BadRequest("No exec command specified");
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);
        ContainerInfo info = await container.InspectAsync(request.Aborted).ConfigureAwait(false);
        RequireRunning(info);
        _ = DetachKeys.Parse(body.DetachKeys);
        string id = ExecRegistry.CreateId();
        var spec = new ExecSpec
        {
            Id = id,
            Command = [.. body.Cmd],
            Environment = (body.Env ?? []).Aggregate(
                ImmutableSortedDictionary.Create<string, string?>(StringComparer.Ordinal),
                (variables, entry) => entry.IndexOf('=', StringComparison.Ordinal) is var equals and >= 0 ? variables.SetItem(entry[..equals], entry[(equals + 1)..]) : variables.SetItem(entry, null)),
            User = string.IsNullOrEmpty(body.User) ? null : body.User,
            WorkingDirectory = string.IsNullOrEmpty(body.WorkingDir) ? null : body.WorkingDir,
            Privileged = body.Privileged,
            Terminal = body.Tty,
            TerminalSize = Size(body.ConsoleSize),
            OpenStdin = body.AttachStdin,
        };
        var exec = new ExecInstance
        {
            Id = id,
            Container = container,
            Spec = spec,
            AttachStandardInput = body.AttachStdin,
            AttachStandardOutput = body.AttachStdout,
            AttachStandardError = body.AttachStderr,
            DetachKeys = body.DetachKeys,
            CreatedAt = service.Time.GetUtcNow(),
        };
        service.Execs.Add(exec);
        await request.WriteJsonAsync(new ExecIdResponse(exec.Id), ExecJson.Default.ExecIdResponse, StatusCodes.Status201Created).ConfigureAwait(false);
    }

    private async Task StartAsync(ApiRequest request)
    {
        request.Query.Complete();
        ExecStartBody body = await request.ReadJsonAsync(ExecJson.Default.ExecStartBody).ConfigureAwait(false) ?? new ExecStartBody();

        // What dockerode tells itself.
        UnknownFields.Refuse("", body.Unknown, "hijack", "stdin", "stdout", "stderr");
        ExecInstance exec = service.Execs.Get(request.Route("id"));
        RequireRunning(await exec.Container.InspectAsync(request.Aborted).ConfigureAwait(false));
        exec.BeginStart();
        ExecSpec spec = Size(body.ConsoleSize) is { } size ? exec.Spec with { TerminalSize = size } : exec.Spec;
        var run = new ExecRun(exec, spec, service.Execs);
        if (body.Detach)
        {
            await run.StartDetachedAsync().ConfigureAwait(false);
            await request.WriteStatusAsync(StatusCodes.Status200OK).ConfigureAwait(false);
            return;
        }

        HijackedStream client = await request.HijackAsync(StreamFrame.TypeOf(request.Version, spec.Terminal)).ConfigureAwait(false);
        await run.RunAttachedAsync(client, request.Aborted).ConfigureAwait(false);
    }

    private async Task ResizeAsync(ApiRequest request)
    {
        TerminalSize size = TerminalSizeQuery.Read(request);
        service.Execs.Get(request.Route("id")).Resize(size);
        await request.WriteStatusAsync(StatusCodes.Status200OK).ConfigureAwait(false);
    }

    private async Task InspectAsync(ApiRequest request)
    {
        request.Query.Complete();
        ExecInstance exec = service.Execs.Get(request.Route("id"));
        var response = new ExecInspectResponse
        {
            ID = exec.Id,
            Running = exec.IsRunning,
            ExitCode = exec.ExitCode,
            ProcessConfig = new ExecInspectResponse.ProcessConfiguration(exec.Spec.Terminal, exec.Spec.Command[0], exec.Spec.Command[1..], exec.Spec.Privileged, exec.Spec.User ?? ""),
            OpenStdin = exec.AttachStandardInput,
            OpenStderr = exec.AttachStandardError,
            OpenStdout = exec.AttachStandardOutput,
            CanRemove = !exec.IsRunning,
            ContainerID = exec.Container.Id,
            DetachKeys = exec.DetachKeys ?? "",
            Pid = exec.ProcessId,
        };
        await request.WriteJsonAsync(response, ExecJson.Default.ExecInspectResponse).ConfigureAwait(false);
    }

    private static void RequireRunning(ContainerInfo info)
    {
        if (info.Status == ContainerStatus.Paused)
            throw ApiException.Conflict($"container {info.Id} is paused, unpause the container before exec");
        if (info.Status != ContainerStatus.Running)
            throw ApiException.Conflict($"container {info.Id} is not running");
    }

    private static TerminalSize? Size(IReadOnlyList<int>? size) => size is [> 0 and var rows, > 0 and var columns] ? new TerminalSize(rows, columns) : null;
}

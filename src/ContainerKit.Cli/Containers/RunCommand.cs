using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.Terminals;
using ContainerKit.DockerApi.Contracts;

namespace ContainerKit.Cli.Containers;

/// <summary><c>ckit run</c> and <c>ckit create</c>.</summary>
internal static class RunCommand
{
    public static Command CreateRun(CommandConsole console) => new("run", "Create a container of an image, and run it", "IMAGE [COMMAND] [ARG...]")
    {
        MinimumArguments = 1,
        PassesArguments = true,
        UsageExitCode = ExitCodes.EngineFailed,
        Options =
        [
            .. ContainerOptions.All,
            new("detach", 'd', null, "Let it run in the background, and print its id"),
            new("detach-keys", null, "string", "The keys that let go of it (default ctrl-p,ctrl-q)"),
            new("sig-proxy", null, null, "Pass signals on to it (default true)"),
        ],
        Handler = (invocation, token) => ClientSession.RunAsync(invocation, NeedOf(invocation), client => RunAsync(client, invocation, console, token), token),
    };

    public static Command CreateCreate(CommandConsole console) => new("create", "Create a container of an image", "IMAGE [COMMAND] [ARG...]")
    {
        MinimumArguments = 1,
        PassesArguments = true,
        Options = ContainerOptions.All,
        Handler = (invocation, token) => ClientSession.RunAsync(
            invocation,
            async client =>
            {
                string id = await ContainerCreation.CreateAsync(client, invocation, ContainerBodyReader.Read(invocation, attached: true), console, token).ConfigureAwait(false);
                await console.Output.WriteLineAsync(id).ConfigureAwait(false);
                return 0;
            },
            token),
    };

    /// <summary>A terminal that one can let go of needs somebody who keeps it; so does what runs in the background.</summary>
    private static EngineNeed NeedOf(CommandInvocation invocation)
        => invocation.IsSet("detach") || (invocation.IsSet("tty") && invocation.IsSet("interactive")) ? EngineNeed.Server : EngineNeed.Any;

    private static async Task<int> RunAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        bool detached = invocation.IsSet("detach");
        if (detached && invocation.Has("attach"))
            throw new UsageException("conflicting options: cannot specify both --attach and --detach") { Command = invocation.Command };
        CreateContainerBody body = ContainerBodyReader.Read(invocation, !detached);
        if (body is { Tty: true, AttachStdin: true } && !ForegroundTerminal.HasInputTerminal)
            throw new UsageException("the input device is not a TTY") { Command = invocation.Command };
        _ = ForegroundStreams.ParseKeys(invocation.Value("detach-keys"));
        if (body.Tty && ForegroundTerminal.Size is { } size)
            body = body with { HostConfig = body.HostConfig! with { ConsoleSize = [size.Rows, size.Columns] } };
        string id = await ContainerCreation.CreateAsync(client, invocation, body, console, cancellationToken).ConfigureAwait(false);
        if (!detached)
            return await ForegroundAsync(client, invocation, id, body, console, cancellationToken).ConfigureAwait(false);
        await StartAsync(client, id, cancellationToken).ConfigureAwait(false);
        await console.Output.WriteLineAsync(id).ConfigureAwait(false);
        return 0;
    }

    private static async Task<int> ForegroundAsync(DockerClient client, CommandInvocation invocation, string id, CreateContainerBody body, CommandConsole console, CancellationToken cancellationToken)
    {
        var options = new AttachRequest
        {
            Input = body.AttachStdin,
            Output = body.AttachStdout,
            Error = body.AttachStderr,
            Terminal = body.Tty,
            DetachKeys = invocation.Value("detach-keys"),
            ForwardsSignals = !body.Tty && (!invocation.Has("sig-proxy") || invocation.IsSet("sig-proxy")),
        };
        ContainerAttach attach = await ContainerAttach.OpenAsync(client, id, options, body.HostConfig!.AutoRemove ? "removed" : "next-exit", console, cancellationToken).ConfigureAwait(false);
        await using (attach.ConfigureAwait(false))
        {
            await StartAsync(client, id, cancellationToken).ConfigureAwait(false);
            return await attach.RunAsync(detachedExitCode: 0, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <exception cref="ContainerNotStartedException">With docker's exit code for it.</exception>
    private static async Task StartAsync(DockerClient client, string id, CancellationToken cancellationToken)
    {
        try
        {
            await client.PostAsync($"/containers/{id}/start", null, cancellationToken).ConfigureAwait(false);
        }
        catch (DockerErrorException e)
        {
            throw new ContainerNotStartedException(e.Message, e);
        }
    }
}

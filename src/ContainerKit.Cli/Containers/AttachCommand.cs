using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.Terminals;

namespace ContainerKit.Cli.Containers;

/// <summary><c>ckit attach</c> and <c>ckit start</c>.</summary>
internal static class AttachCommand
{
    private static readonly CommandOption DetachKeysOption = new("detach-keys", null, "string", "The keys that let go of it (default ctrl-p,ctrl-q)");

    public static Command Create(CommandConsole console) => new("attach", "Connect this terminal to a container that runs", "CONTAINER")
    {
        MinimumArguments = 1,
        MaximumArguments = 1,
        Options = [DetachKeysOption, new("no-stdin", null, null, "Don't pass the input on"), new("sig-proxy", null, null, "Pass signals on to it (default true)")],
        Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => AttachAsync(client, invocation, console, token), token),
    };

    public static Command CreateStart(CommandConsole console) => new("start", "Start containers", "CONTAINER [CONTAINER...]")
    {
        MinimumArguments = 1,
        Options =
        [
            new("attach", 'a', null, "Connect to its output, and pass signals on"), new("interactive", 'i', null, "Connect to its input"), DetachKeysOption,
            new("checkpoint", null, "string", "Start from this checkpoint"), new("checkpoint-dir", null, "string", "Where checkpoints are"),
        ],
        Handler = (invocation, token) => IsAttached(invocation)
            ? ClientSession.RunAsync(invocation, client => StartAttachedAsync(client, invocation, console, token), token)
            : ClientSession.RunAsync(
                invocation,
                EngineNeed.Server,
                client => EngineSession.EachAsync(console, invocation.Arguments, async name =>
                {
                    await client.PostAsync($"/containers/{DockerClient.Escape(name)}/start{Checkpoint(invocation)}", null, token).ConfigureAwait(false);
                    return name;
                }),
                token),
    };

    private static bool IsAttached(CommandInvocation invocation) => invocation.IsSet("attach") || invocation.IsSet("interactive");

    private static string Checkpoint(CommandInvocation invocation) => invocation.Value("checkpoint") is string name ? $"?checkpoint={Uri.EscapeDataString(name)}" : "";

    private static async Task<int> AttachAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        string name = DockerClient.Escape(invocation.Arguments[0]);
        JsonNode? container = await client.GetAsync($"/containers/{name}/json", cancellationToken).ConfigureAwait(false);
        JsonNode? state = container?["State"];
        if (!state.Flag("Running"))
            throw new IOException("cannot attach to a stopped container, start it first");
        if (state.Flag("Paused"))
            throw new IOException("cannot attach to a paused container, unpause it first");
        AttachRequest request = Describe(container, invocation, !invocation.IsSet("no-stdin"));
        ContainerAttach attach = await ContainerAttach.OpenAsync(client, container.Text("Id")!, request, "not-running", console, cancellationToken).ConfigureAwait(false);
        await using (attach.ConfigureAwait(false))
            return await attach.RunAsync(detachedExitCode: 1, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<int> StartAttachedAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        if (invocation.Arguments.Count > 1)
            throw new UsageException("you cannot start and attach multiple containers at once") { Command = invocation.Command };
        JsonNode? container = await client.GetAsync($"/containers/{DockerClient.Escape(invocation.Arguments[0])}/json", cancellationToken).ConfigureAwait(false);
        string id = container.Text("Id")!;
        string condition = container?["HostConfig"].Flag("AutoRemove") == true ? "removed" : "next-exit";
        ContainerAttach attach = await ContainerAttach.OpenAsync(client, id, Describe(container, invocation, invocation.IsSet("interactive")), condition, console, cancellationToken).ConfigureAwait(false);
        await using (attach.ConfigureAwait(false))
        {
            await client.PostAsync($"/containers/{id}/start{Checkpoint(invocation)}", null, cancellationToken).ConfigureAwait(false);
            return await attach.RunAsync(detachedExitCode: 0, cancellationToken).ConfigureAwait(false);
        }
    }

    private static AttachRequest Describe(JsonNode? container, CommandInvocation invocation, bool input)
    {
        JsonNode? configuration = container?["Config"];
        bool terminal = configuration.Flag("Tty");
        bool attachInput = input && configuration.Flag("OpenStdin");
        if (terminal && attachInput && !ForegroundTerminal.HasInputTerminal)
            throw new UsageException("the input device is not a TTY") { Command = invocation.Command };
        return new AttachRequest
        {
            Input = attachInput,
            Output = true,
            Error = true,
            Terminal = terminal,
            DetachKeys = invocation.Value("detach-keys"),
            ForwardsSignals = !terminal && (!invocation.Has("sig-proxy") || invocation.IsSet("sig-proxy")),
        };
    }
}

using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;

namespace ContainerKit.Cli.Containers;

/// <summary>What is done with containers that there are.</summary>
internal static class ContainerCommands
{
    private static readonly CommandOption TimeOption = new("timeout", 't', "int", "Seconds until they are killed, -1 for never") { Aliases = ["time"] };

    private static readonly CommandOption StopSignalOption = new("signal", 's', "string", "The signal that asks them to end");

    public static IReadOnlyList<Command> Create(CommandConsole console) =>
    [
        RunCommand.CreateRun(console),
        RunCommand.CreateCreate(console),
        AttachCommand.CreateStart(console),
        Each(console, "stop", "Ask containers to end, and kill those that don't", [TimeOption, StopSignalOption], HttpMethod.Post, invocation => $"/stop?{Time(invocation)}{Signal(invocation)}"),
        Each(console, "restart", "Stop and start containers", [TimeOption, StopSignalOption], HttpMethod.Post, invocation => $"/restart?{Time(invocation)}{Signal(invocation)}", EngineNeed.Server),
        Each(console, "kill", "Send containers a signal", [new("signal", 's', "string", "The signal (default KILL)")], HttpMethod.Post, invocation => $"/kill?{Signal(invocation)}"),
        Each(console, "pause", "Let containers stand still", [], HttpMethod.Post, _ => "/pause"),
        Each(console, "unpause", "Let containers go on", [], HttpMethod.Post, _ => "/unpause"),
        CreateRemove(console),
        CreateWait(console),
        UpdateCommand.Create(console),
        new("rename", "Give a container another name", "CONTAINER NAME")
        {
            MinimumArguments = 2,
            MaximumArguments = 2,
            Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => client.PostAsync($"{PathOf(invocation)}/rename?name={Uri.EscapeDataString(invocation.Arguments[1])}", null, token), token),
        },
        ExecCommand.Create(console),
        AttachCommand.Create(console),
        LogsCommand.Create(console),
        StatsCommand.Create(console),
        new("top", "Show the processes of a container", "CONTAINER [ps OPTIONS]")
        {
            MinimumArguments = 1,
            PassesArguments = true,
            Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => TopAsync(client, invocation, console, token), token),
        },
        new("port", "Show the published ports of a container", "CONTAINER [PORT[/PROTOCOL]]")
        {
            MinimumArguments = 1,
            MaximumArguments = 2,
            Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => PortsAsync(client, invocation, console, token), token),
        },
        new("diff", "Show which files of a container differ from its image", "CONTAINER")
        {
            MinimumArguments = 1,
            MaximumArguments = 1,
            Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => DiffAsync(client, invocation, console, token), token),
        },
        .. FileCommands.Create(console),
    ];

    /// <summary>The container of the first argument.</summary>
    internal static string PathOf(CommandInvocation invocation) => $"/containers/{DockerClient.Escape(invocation.Arguments[0])}";

    private static Command Each(
        CommandConsole console, string name, string summary, IReadOnlyList<CommandOption> options, HttpMethod method, Func<CommandInvocation, string> request, EngineNeed need = EngineNeed.Any)
        => new(name, summary, "CONTAINER [CONTAINER...]")
        {
            MinimumArguments = 1,
            Options = options,
            Handler = (invocation, token) => ClientSession.RunAsync(
                invocation,
                need,
                client => EngineSession.EachAsync(console, invocation.Arguments, async argument =>
                {
                    using HttpResponseMessage _ = await client.SendAsync(method, $"/containers/{DockerClient.Escape(argument)}{request(invocation)}", null, null, token).ConfigureAwait(false);
                    return argument;
                }),
                token),
        };

    private static Command CreateRemove(CommandConsole console) => new("rm", "Remove containers", "CONTAINER [CONTAINER...]")
    {
        Aliases = ["remove"],
        MinimumArguments = 1,
        Options = [new("force", 'f', null, "Kill those that run, and don't mind those that there are not"), new("volumes", 'v', null, "And their anonymous volumes"), new("link", 'l', null, "Remove the link")],
        Handler = (invocation, token) => ClientSession.RunAsync(
            invocation,
            client => EngineSession.EachAsync(console, invocation.Arguments, async argument =>
            {
                string path = $"/containers/{DockerClient.Escape(argument)}?{(invocation.IsSet("volumes") ? "v=1&" : "")}{(invocation.IsSet("link") ? "link=1&" : "")}{(invocation.IsSet("force") ? "force=1" : "")}";
                try
                {
                    await client.DeleteAsync(path, token).ConfigureAwait(false);
                    return argument;
                }
                catch (DockerErrorException e) when (e.Status == 404 && invocation.IsSet("force"))
                {
                    // As docker: there is none now, which is what was wanted; that there never was one is said.
                    await console.Error.WriteLineAsync($"ckit: {e.Message}").ConfigureAwait(false);
                    return null;
                }
            }),
            token),
    };

    private static Command CreateWait(CommandConsole console) => new("wait", "Wait for containers to end, and print their exit codes", "CONTAINER [CONTAINER...]")
    {
        MinimumArguments = 1,
        Handler = (invocation, token) => ClientSession.RunAsync(
            invocation,
            client => EngineSession.EachAsync(console, invocation.Arguments, async name =>
            {
                JsonNode? answer = await client.PostAsync($"/containers/{DockerClient.Escape(name)}/wait", null, token).ConfigureAwait(false);
                return answer?["Error"].Text("Message") is { Length: > 0 } message ? throw new IOException(message) : $"{answer.Number("StatusCode")}";
            }),
            token),
    };

    private static string Time(CommandInvocation invocation) => invocation.Number(TimeOption.Name) is int seconds ? $"t={seconds}&" : "";

    private static string Signal(CommandInvocation invocation) => invocation.Value("signal") is string signal ? $"signal={Uri.EscapeDataString(signal)}" : "";

    private static async Task TopAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        const int narrowest = 20;
        string arguments = invocation.Arguments.Count > 1 ? $"?ps_args={Uri.EscapeDataString(string.Join(' ', invocation.Arguments.Skip(1)))}" : "";
        JsonNode? processes = await client.GetAsync($"{PathOf(invocation)}/top{arguments}", cancellationToken).ConfigureAwait(false);
        await TextTable.WriteAsync(
            console.Output,
            [.. processes.Items("Titles").Select(title => title.GetValue<string>())],
            [.. processes.Items("Processes").Select(process => (IReadOnlyList<string>)[.. process.AsArray().Select(cell => cell!.GetValue<string>())])],
            narrowest).ConfigureAwait(false);
    }

    private static async Task PortsAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        JsonNode? container = await client.GetAsync($"{PathOf(invocation)}/json", cancellationToken).ConfigureAwait(false);
        string? wanted = invocation.Arguments.Count < 2 ? null : invocation.Arguments[1].Contains('/', StringComparison.Ordinal) ? invocation.Arguments[1] : $"{invocation.Arguments[1]}/tcp";
        bool any = false;
        foreach ((string port, JsonNode? bindings) in (container?["NetworkSettings"]).Pairs("Ports").Where(pair => wanted is null || pair.Key == wanted))
        {
            foreach (JsonNode binding in (bindings as JsonArray)?.OfType<JsonNode>() ?? [])
            {
                any = true;
                string address = binding.Text("HostIp") is { } ip && ip.Contains(':', StringComparison.Ordinal) ? $"[{ip}]" : binding.Text("HostIp") ?? "";
                await console.Output.WriteLineAsync(wanted is null ? $"{port} -> {address}:{binding.Text("HostPort")}" : $"{address}:{binding.Text("HostPort")}").ConfigureAwait(false);
            }
        }

        if (wanted is not null && !any)
            throw new IOException($"no public port '{wanted}' published for {invocation.Arguments[0]}");
    }

    private static async Task DiffAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        const string kinds = "CAD";
        foreach (JsonNode change in (await client.GetAsync($"{PathOf(invocation)}/changes", cancellationToken).ConfigureAwait(false) as JsonArray)?.OfType<JsonNode>() ?? [])
            await console.Output.WriteLineAsync($"{kinds[(int)Math.Clamp(change.Number("Kind"), 0, 2)]} {change.Text("Path")}").ConfigureAwait(false);
    }
}

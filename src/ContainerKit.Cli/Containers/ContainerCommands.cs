using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;

namespace ContainerKit.Cli.Containers;

/// <summary>What is done with containers that there are.</summary>
internal static class ContainerCommands
{
    private const int ShortIdLength = 12;

    private static readonly Listing<ContainerInfo> List = new(
        container => container.Id[..ShortIdLength],
        ("ID", "CONTAINER ID", container => container.Id[..ShortIdLength]),
        ("Image", "IMAGE", container => container.Spec.Image),
        ("Command", "COMMAND", container => $"\"{Shorten(string.Join(' ', container.Arguments))}\""),
        ("CreatedAt", "CREATED", container => HumanText.Ago(container.CreatedAt)),
        ("Status", "STATUS", HumanText.Status),
        ("Ports", "PORTS", HumanText.Ports),
        ("Names", "NAMES", container => container.Name))
    {
        Further =
        [
            ("State", container => container.Status.ToString().ToLowerInvariant()),
            ("Labels", container => string.Join(',', container.Labels.Select(label => $"{label.Key}={label.Value}"))),
            ("Networks", container => string.Join(',', container.NetworkAttachments.Select(network => network.Network))),
            ("RunningFor", container => HumanText.Ago(container.CreatedAt)),
        ],
    };

    public static IReadOnlyList<Command> Create(CommandConsole console) =>
    [
        new("ps", "List containers")
        {
            MaximumArguments = 0,
            Options = [.. Listing<ContainerInfo>.Options, FilterOption.Option, new("all", 'a', null, "Also those that don't run"), new("last", 'n', "int", "Only so many, the newest")],
            Handler = (invocation, token) => EngineSession.RunAsync(invocation, engine => ListAsync(engine, invocation, console, token), token),
        },
        Each(console, "start", "Start containers", [], (container, _, token) => container.StartAsync(token)),
        Each(console, "stop", "Ask containers to end, and kill those that don't", [new("time", 't', "int", "Seconds until they are killed")], (container, invocation, token) => container.StopAsync(Seconds(invocation), token)),
        Each(console, "restart", "Stop and start containers", [new("time", 't', "int", "Seconds until they are killed")], (container, invocation, token) => container.RestartAsync(Seconds(invocation), token)),
        Each(console, "kill", "Send containers a signal", [new("signal", 's', "string", "The signal (default KILL)")], (container, invocation, token) => container.KillAsync(invocation.Value("signal") ?? "SIGKILL", token)),
        Each(console, "pause", "Let containers stand still", [], (container, _, token) => container.PauseAsync(token)),
        Each(console, "unpause", "Let containers go on", [], (container, _, token) => container.UnpauseAsync(token)),
        Each(
            console,
            "rm",
            "Remove containers",
            [new("force", 'f', null, "Kill those that run"), new("volumes", 'v', null, "And their anonymous volumes")],
            (container, invocation, token) => container.RemoveAsync(invocation.IsSet("force"), invocation.IsSet("volumes"), token)),
        new("wait", "Wait for containers to end, and print their exit codes", "CONTAINER [CONTAINER...]")
        {
            MinimumArguments = 1,
            Handler = (invocation, token) => EngineSession.RunAsync(
                invocation,
                engine => EngineSession.EachAsync(
                    console,
                    invocation.Arguments,
                    async name => $"{(await (await engine.Containers.GetAsync(name, token).ConfigureAwait(false)).WaitAsync(token).ConfigureAwait(false)).ExitCode}"),
                token),
        },
        new("rename", "Give a container another name", "CONTAINER NAME")
        {
            MinimumArguments = 2,
            MaximumArguments = 2,
            Handler = (invocation, token) => WithAsync(invocation, container => container.RenameAsync(invocation.Arguments[1], token), token),
        },
        new("logs", "Show what a container has written", "CONTAINER")
        {
            MinimumArguments = 1,
            MaximumArguments = 1,
            Options = [new("follow", 'f', null, "Go on until it ends"), new("tail", 'n', "string", "Only the last lines"), new("timestamps", 't', null, "With the time of each line")],
            Handler = (invocation, token) => WithAsync(invocation, container => LogsAsync(container, invocation, console, token), token),
        },
        new("top", "Show the processes of a container", "CONTAINER [ps OPTIONS]")
        {
            MinimumArguments = 1,
            PassesArguments = true,
            Handler = (invocation, token) => WithAsync(invocation, container => TopAsync(container, invocation, console, token), token),
        },
        new("port", "Show the published ports of a container", "CONTAINER")
        {
            MinimumArguments = 1,
            MaximumArguments = 1,
            Handler = (invocation, token) => WithAsync(invocation, container => PortsAsync(container, console, token), token),
        },
        new("diff", "Show which files of a container differ from its image", "CONTAINER")
        {
            MinimumArguments = 1,
            MaximumArguments = 1,
            Handler = (invocation, token) => WithAsync(invocation, container => DiffAsync(container, console, token), token),
        },
    ];

    /// <summary>Finds the container of the first argument, and does something with it.</summary>
    internal static Task<int> WithAsync(CommandInvocation invocation, Func<Container, Task> work, CancellationToken cancellationToken)
        => EngineSession.RunAsync(
            invocation,
            async engine =>
            {
                await work(await engine.Containers.GetAsync(invocation.Arguments[0], cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
                return 0;
            },
            cancellationToken);

    private static Command Each(
        CommandConsole console, string name, string summary, IReadOnlyList<CommandOption> options, Func<Container, CommandInvocation, CancellationToken, Task> work)
        => new(name, summary, "CONTAINER [CONTAINER...]")
        {
            MinimumArguments = 1,
            Options = options,
            Handler = (invocation, token) => EngineSession.RunAsync(
                invocation,
                engine => EngineSession.EachAsync(console, invocation.Arguments, async argument =>
                {
                    await work(await engine.Containers.GetAsync(argument, token).ConfigureAwait(false), invocation, token).ConfigureAwait(false);
                    return argument;
                }),
                token),
        };

    private static TimeSpan? Seconds(CommandInvocation invocation) => invocation.Number("time") is int seconds ? TimeSpan.FromSeconds(seconds) : null;

    private static string Shorten(string command) => command.Length <= 20 ? command : $"{command[..19]}…";

    private static async Task<int> ListAsync(ContainerEngine engine, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        var options = new ContainerListOptions { Filters = FilterOption.Read(invocation), RunningOnly = !invocation.IsSet("all"), Limit = invocation.Number("last") };
        IReadOnlyList<ContainerInfo> containers = await engine.Containers.ListAsync(options, cancellationToken).ConfigureAwait(false);
        await List.WriteAsync(invocation, console.Output, [.. containers.Reverse()]).ConfigureAwait(false);
        return 0;
    }

    private static async Task LogsAsync(Container container, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        int? tail = invocation.Value("tail") is null or "all" ? null : invocation.Number("tail");
        bool timestamps = invocation.IsSet("timestamps");
        bool isNewLine = true;
        await foreach (LogLine line in container.ReadLogsAsync(invocation.IsSet("follow"), tail, cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            TextWriter writer = line.Stream == LogStream.StandardError ? console.Error : console.Output;
            string time = timestamps && isNewLine ? $"{line.Timestamp.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffffff}00Z " : "";
            await writer.WriteAsync(line.IsPartial ? $"{time}{line.Text}" : $"{time}{line.Text}\n").ConfigureAwait(false);
            isNewLine = !line.IsPartial;
        }
    }

    private static async Task TopAsync(Container container, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        string arguments = invocation.Arguments.Count > 1 ? string.Join(' ', invocation.Arguments.Skip(1)) : "-ef";
        ContainerProcessList processes = await container.TopAsync(arguments, cancellationToken).ConfigureAwait(false);
        await TextTable.WriteAsync(console.Output, processes.Titles, processes.Processes).ConfigureAwait(false);
    }

    private static async Task PortsAsync(Container container, CommandConsole console, CancellationToken cancellationToken)
    {
        foreach (PublishedPort port in (await container.InspectAsync(cancellationToken).ConfigureAwait(false)).Ports)
            await console.Output.WriteLineAsync($"{port.ContainerPort}/{port.Protocol.ToString().ToLowerInvariant()} -> {port.HostAddress}:{port.HostPort}").ConfigureAwait(false);
    }

    private static async Task DiffAsync(Container container, CommandConsole console, CancellationToken cancellationToken)
    {
        foreach (FileChange change in await container.GetChangesAsync(cancellationToken).ConfigureAwait(false))
        {
            char kind = change.Kind switch
            {
                FileChangeKind.Added => 'A',
                FileChangeKind.Deleted => 'D',
                _ => 'C',
            };
            await console.Output.WriteLineAsync($"{kind} {change.Path}").ConfigureAwait(false);
        }
    }
}

using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Containers;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.Terminals;
using ContainerKit.Compose;

namespace ContainerKit.Cli.Compose;

/// <summary>What shows a project, and goes into it.</summary>
internal static class ComposeReadCommands
{
    private const int ShownCommand = 20;

    private static readonly Listing<ComposeContainer> List = new(
        container => container.Info.Id,
        ("Name", "NAME", container => container.Info.Name),
        ("Image", "IMAGE", container => container.Info.Spec.Image),
        ("Command", "COMMAND", Command),
        ("Service", "SERVICE", container => container.Service),
        ("CreatedAt", "CREATED", container => HumanText.Ago(container.Info.CreatedAt)),
        ("Status", "STATUS", container => ContainerText.Status(container.Info)),
        ("Ports", "PORTS", container => ContainerText.Ports(container.Info)))
    {
        Further =
        [
            ("ID", "ID", container => container.Info.Id[..12]),
            ("State", "STATE", container => container.Info.Status.ToString().ToLowerInvariant()),
            ("Health", "HEALTH", container => container.Info.Health?.Status.ToString().ToLowerInvariant() ?? ""),
            ("ExitCode", "EXITCODE", container => $"{container.Info.ExitStatus?.ExitCode ?? 0}"),
        ],
    };

    public static IReadOnlyList<Command> Create(CommandConsole console) =>
    [
        new("ps", "List containers", "[SERVICE...]")
        {
            Options = [.. Listing<ComposeContainer>.Options, new("all", 'a', null, "Also those that don't run")],
            Handler = (invocation, token) => ComposeCommand.WithAsync(
                invocation,
                console,
                async project =>
                {
                    IReadOnlyList<ComposeContainer> containers = await project.ListContainersAsync(token).ConfigureAwait(false);
                    await List.WriteAsync(invocation, console.Output, [.. containers
                        .Where(container => invocation.IsSet("all") || container.Info.Status is ContainerStatus.Running or ContainerStatus.Paused or ContainerStatus.Restarting)
                        .Where(container => invocation.Arguments.Count == 0 || invocation.Arguments.Contains(container.Service))]).ConfigureAwait(false);
                    return 0;
                },
                token),
        },
        new("logs", "Show what containers have written", "[SERVICE...]")
        {
            Options =
            [
                new("follow", 'f', null, "Go on until they end"),
                new("tail", 'n', "string", "Only the last lines of each"),
                new("timestamps", 't', null, "With the time of each line"),
                new("no-log-prefix", null, null, "Without the name of the container"),
            ],
            Handler = (invocation, token) => ComposeCommand.WithAsync(
                invocation,
                console,
                async project =>
                {
                    var options = new ComposeLogOptions
                    {
                        Services = [.. invocation.Arguments],
                        Follow = invocation.IsSet("follow"),
                        Tail = invocation.Value("tail") is null or "all" ? null : invocation.Number("tail"),
                    };
                    await LogWriter.WriteAsync(project, options, console, !invocation.IsSet("no-log-prefix"), invocation.IsSet("timestamps"), token).ConfigureAwait(false);
                    return 0;
                },
                token),
        },
        new("exec", "Run a command in a container of a service", "SERVICE COMMAND [ARG...]")
        {
            MinimumArguments = 2,
            PassesArguments = true,
            Options =
            [
                new("env", 'e', "list", "An environment variable, NAME=value"),
                new("index", null, "int", "The number of the container (default 1)"),
                new("interactive", 'i', null, "Keep the input open (default true)"),
                new("no-TTY", 'T', null, "No terminal, also when there is one"),
                new("privileged", null, null, "Every privilege"),
                new("user", 'u', "string", "User and group, by name or id"),
                new("workdir", 'w', "string", "The working directory"),
            ],
            Handler = async (invocation, token) =>
            {
                string container = "";
                await ComposeCommand.WithAsync(
                    invocation,
                    console,
                    async project =>
                    {
                        container = (await project.GetContainerAsync(invocation.Arguments[0], invocation.Number("index") ?? 1, token).ConfigureAwait(false)).Id;
                        return 0;
                    },
                    token).ConfigureAwait(false);
                bool interactive = !invocation.Has("interactive") || invocation.IsSet("interactive");
                bool terminal = interactive && !invocation.IsSet("no-TTY") && ForegroundTerminal.HasInputTerminal;
                return await ClientSession.RunAsync(
                    invocation, client => ExecCommand.RunAsync(client, container, invocation, interactive, terminal, console, token), token).ConfigureAwait(false);
            },
        },
        new("config", "Show the project in canonical form")
        {
            MaximumArguments = 0,
            Options = [new("quiet", 'q', null, "Only check it"), new("services", null, null, "Only the names of its services"), new("images", null, null, "Only the names of its images")],
            Handler = (invocation, token) => ComposeCommand.WithAsync(
                invocation,
                console,
                async project =>
                {
                    string text = invocation switch
                    {
                        _ when invocation.IsSet("quiet") => "",
                        _ when invocation.IsSet("services") => string.Concat(project.Services.Select(service => service.Name + "\n")),
                        _ when invocation.IsSet("images") => string.Concat(project.Services.Select(service => service.Image + "\n").Distinct()),
                        _ => project.ToYaml(),
                    };
                    await console.Output.WriteAsync(text).ConfigureAwait(false);
                    return 0;
                },
                token),
        },
    ];

    private static string Command(ComposeContainer container)
    {
        string command = string.Join(' ', container.Info.Arguments);
        return $"\"{(command.Length <= ShownCommand ? command : $"{command[..(ShownCommand - 1)]}…")}\"";
    }
}

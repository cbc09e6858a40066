using ContainerKit.Cli.Builds;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Session;
using ContainerKit.Compose;

namespace ContainerKit.Cli.Compose;

/// <summary>What is done with the services of a project.</summary>
internal static class ComposeLifecycleCommands
{
    private static readonly CommandOption TimeoutOption = new("timeout", 't', "int", "Seconds until a container is killed");

    public static IReadOnlyList<Command> Create(CommandConsole console) =>
    [
        Each(console, "start", "Start containers that are there", [], (project, services, _, progress, token) => project.StartAsync(services, progress, token)),
        Each(console, "stop", "Stop containers", [TimeoutOption], (project, services, invocation, progress, token) => project.StopAsync(services, ComposeCommand.Timeout(invocation), progress, token)),
        Each(console, "restart", "Restart containers", [TimeoutOption], (project, services, invocation, progress, token) => project.RestartAsync(services, ComposeCommand.Timeout(invocation), progress, token)),
        Each(console, "pull", "Pull images", [], (project, services, _, progress, token) => project.PullAsync(services, progress, new TransferLines(console.Error, isPush: false), token)),
        Each(console, "build", "Build images", [], (project, services, _, progress, token) => project.BuildAsync(services, progress, new BuildLines(new PlainBuildDisplay(console.Error)), token)),
    ];

    private static Command Each(
        CommandConsole console,
        string name,
        string summary,
        IReadOnlyList<CommandOption> options,
        Func<ComposeProject, IReadOnlyList<string>, CommandInvocation, IProgress<ComposeProgress>, CancellationToken, Task> work)
        => new(name, summary, "[SERVICE...]")
        {
            Options = options,
            Handler = (invocation, token) => ComposeCommand.WithAsync(
                invocation,
                console,
                async project =>
                {
                    await work(project, invocation.Arguments, invocation, new ComposeLines(console.Error), token).ConfigureAwait(false);
                    return 0;
                },
                token),
        };
}

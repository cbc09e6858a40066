using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.Compose;

namespace ContainerKit.Cli.Compose;

/// <summary><c>ckit compose</c>.</summary>
internal static class ComposeCommand
{
    private static readonly Listing<ComposeProjectInfo> Projects = new(
        project => project.Name,
        ("Name", "NAME", project => project.Name),
        ("Status", "STATUS", project => project.Running > 0 ? $"running({project.Running})" : $"exited({project.Containers})"),
        ("ConfigFiles", "CONFIG FILES", project => string.Join(',', project.Files)));

    public static Command Create(CommandConsole console) => new("compose", "Projects of several containers, from compose.yaml")
    {
        Options =
        [
            new("file", 'f', "list", "A Compose file; several are merged (default compose.yaml)"),
            new("project-name", 'p', "string", "The name of the project"),
            new("project-directory", null, "string", "What relative paths start at (default the directory of the first file)"),
            new("profile", null, "list", "A profile to enable"),
            new("env-file", null, "list", "A file with variables (default .env)"),
        ],
        Commands =
        [
            UpCommand.Create(console),
            DownCommand.Create(console),
            .. ComposeLifecycleCommands.Create(console),
            .. ComposeReadCommands.Create(console),
            new("ls", "List projects")
            {
                MaximumArguments = 0,
                Options = Listing<ComposeProjectInfo>.Options,
                Handler = (invocation, token) => EngineSession.RunAsync(
                    invocation,
                    async engine =>
                    {
                        await Projects.WriteAsync(invocation, console.Output, await engine.Compose.ListAsync(token).ConfigureAwait(false)).ConfigureAwait(false);
                        return 0;
                    },
                    token),
            },
        ],
    };

    /// <summary>Loads the project that the flags name, and does something with it.</summary>
    public static Task<int> WithAsync(CommandInvocation invocation, CommandConsole console, Func<ComposeProject, Task<int>> work, CancellationToken cancellationToken)
        => EngineSession.RunAsync(
            invocation,
            async engine =>
            {
                ComposeProject project = await engine.Compose.LoadAsync(Read(invocation), cancellationToken).ConfigureAwait(false);
                foreach (string warning in project.Warnings)
                    await console.Error.WriteLineAsync($"warning: {warning}").ConfigureAwait(false);
                return await work(project).ConfigureAwait(false);
            },
            cancellationToken);

    /// <summary>The flag <c>--timeout</c> as a time; null when it is not given.</summary>
    public static TimeSpan? Timeout(CommandInvocation invocation) => invocation.Number("timeout") is int seconds ? TimeSpan.FromSeconds(seconds) : null;

    private static ComposeOptions Read(CommandInvocation invocation) => new()
    {
        Files = [.. invocation.Values("file")],
        ProjectName = invocation.Value("project-name"),
        ProjectDirectory = invocation.Value("project-directory"),
        Profiles = [.. invocation.Values("profile")],
        EnvironmentFiles = [.. invocation.Values("env-file")],
    };
}

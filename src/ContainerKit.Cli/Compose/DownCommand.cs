using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Session;
using ContainerKit.Compose;

namespace ContainerKit.Cli.Compose;

/// <summary><c>ckit compose down</c>.</summary>
internal static class DownCommand
{
    public static Command Create(CommandConsole console) => new("down", "Stop and remove the containers and networks of the project")
    {
        MaximumArguments = 0,
        Options =
        [
            new("volumes", 'v', null, "And its volumes"),
            new("rmi", null, "string", "And images: local (those that were built and have no name in the file) or all"),
            new("remove-orphans", null, null, "And containers of services that are not in the file any more"),
            new("timeout", 't', "int", "Seconds until a container is killed"),
        ],
        Handler = (invocation, token) => ComposeCommand.WithAsync(
            invocation,
            console,
            async project =>
            {
                await project.DownAsync(
                    new ComposeDownOptions
                    {
                        Volumes = invocation.IsSet("volumes"),
                        RemoveOrphans = invocation.IsSet("remove-orphans"),
                        StopTimeout = ComposeCommand.Timeout(invocation),
                        Progress = new ComposeLines(console.Error),
                        Images = invocation.Value("rmi") switch
                        {
                            null => ComposeImageRemoval.None,
                            "local" => ComposeImageRemoval.Local,
                            "all" => ComposeImageRemoval.All,
                            string other => throw invocation.Invalid("rmi", other, "local or all is wanted"),
                        },
                    },
                    token).ConfigureAwait(false);
                return 0;
            },
            token),
    };
}

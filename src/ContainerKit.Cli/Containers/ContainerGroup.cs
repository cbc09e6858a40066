using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.SystemCommands;

namespace ContainerKit.Cli.Containers;

/// <summary><c>ckit container</c>: the commands of containers once more, by their longer names, and its own.</summary>
internal static class ContainerGroup
{
    public static Command Create(CommandConsole console) => new("container", "Containers")
    {
        Commands =
        [
            .. ContainerCommands.Create(console),
            ContainerListing.Create(console, "ls"),
            InspectCommand.Create(console, "container"),
            new("prune", "Remove all containers that don't run")
            {
                MaximumArguments = 0,
                Options = [FilterOption.LongOption, Confirmation.Option],
                Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => PruneAsync(client, invocation, console, token), token),
            },
        ],
    };

    private static async Task PruneAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        await Confirmation.RequireAsync(invocation, console, "This will remove all stopped containers.").ConfigureAwait(false);
        JsonNode? report = await client.PostAsync($"/containers/prune?{FilterOption.Query(invocation)}", null, cancellationToken).ConfigureAwait(false);
        await PruneReport.WriteAsync(console, "Deleted Containers", [.. report.Items("ContainersDeleted").Select(id => id.GetValue<string>())], report.Number("SpaceReclaimed")).ConfigureAwait(false);
    }
}

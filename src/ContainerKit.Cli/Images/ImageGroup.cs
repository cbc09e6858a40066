using System.Text.Json.Nodes;
using ContainerKit.Cli.Builds;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.SystemCommands;

namespace ContainerKit.Cli.Images;

/// <summary><c>ckit image</c> and <c>ckit builder</c>: the commands of images once more, by their longer names, and their own.</summary>
internal static class ImageGroup
{
    private static readonly string[] OwnNames = ["rmi"];

    public static Command Create(CommandConsole console) => new("image", "Images")
    {
        Commands =
        [
            .. ImageCommands.Create(console).Where(command => !OwnNames.Contains(command.Name)),
            ImageListing.Create(console, "ls"),
            ImageCommands.CreateRemove(console, "rm", ["remove"]),
            BuildCommand.Create(console),
            InspectCommand.Create(console, "image"),
            new("prune", "Remove images that nothing uses")
            {
                MaximumArguments = 0,
                Options = [new("all", 'a', null, "Also those that have a name"), FilterOption.LongOption, Confirmation.Option],
                Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => PruneAsync(client, invocation, console, token), token),
            },
        ],
    };

    public static Command CreateBuilder(CommandConsole console) => new("builder", "What builds keep")
    {
        Commands =
        [
            BuildCommand.Create(console),
            new("prune", "Remove the cache of builds")
            {
                MaximumArguments = 0,
                Options = [new("all", 'a', null, "Also what is in use by images"), FilterOption.LongOption, Confirmation.Option, new("keep-storage", null, "bytes", "How much stays")],
                Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => PruneCacheAsync(client, invocation, console, token), token),
            },
        ],
    };

    public static IReadOnlyList<string> Describe(JsonNode? report)
        => [.. report.Items("ImagesDeleted").Select(each => each.Text("Untagged") is { Length: > 0 } name ? $"untagged: {name}" : $"deleted: {each.Text("Deleted")}")];

    private static async Task PruneAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        bool all = invocation.IsSet("all");
        await Confirmation.RequireAsync(invocation, console, all ? "This will remove all images without at least one container associated to them." : "This will remove all dangling images.").ConfigureAwait(false);
        JsonNode? report = await client.PostAsync($"/images/prune?{FilterOption.Query(invocation, ("dangling", all ? "false" : "true"))}", null, cancellationToken).ConfigureAwait(false);
        await PruneReport.WriteAsync(console, "Deleted Images", Describe(report), report.Number("SpaceReclaimed")).ConfigureAwait(false);
    }

    private static async Task PruneCacheAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        bool all = invocation.IsSet("all");
        await Confirmation.RequireAsync(invocation, console, all ? "This will remove all build cache." : "This will remove all dangling build cache.").ConfigureAwait(false);
        string keep = invocation.Value("keep-storage") is string size ? $"&keep-storage={(ByteSize.TryParse(size, out ByteSize bytes) ? bytes.Bytes : throw invocation.Invalid("keep-storage", size, "a size is wanted"))}" : "";
        JsonNode? report = await client.PostAsync($"/build/prune?{(all ? "all=1" : "")}{keep}{FilterOption.Query(invocation)}", null, cancellationToken).ConfigureAwait(false);
        await PruneReport.WriteAsync(console, "Deleted build cache objects", [.. report.Items("CachesDeleted").Select(id => id.GetValue<string>())], report.Number("SpaceReclaimed")).ConfigureAwait(false);
    }
}

using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Images;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;

namespace ContainerKit.Cli.SystemCommands;

/// <summary><c>ckit system</c>.</summary>
internal static class SystemCommand
{
    public static Command Create(CommandConsole console) => new("system", "The engine, what it takes of the disk, and whether that is whole")
    {
        Commands =
        [
            DiskUsage.Create(console),
            EventsCommand.Create(console),
            InfoCommand.Create(console),
            new("prune", "Remove what nothing uses")
            {
                MaximumArguments = 0,
                Options = [FilterOption.LongOption, Confirmation.Option, new("all", 'a', null, "Also images that have a name"), new("volumes", null, null, "Also anonymous volumes")],
                Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => PruneAsync(client, invocation, console, token), token),
            },
            new("verify", "Check every blob, layer and container of the data root")
            {
                MaximumArguments = 0,
                Options = [new("repair", null, null, "Repair what can be repaired"), new("quick", null, null, "Don't read the content of blobs")],
                Handler = (invocation, token) => EngineSession.RunAsync(invocation, engine => VerifyAsync(engine, invocation, console, token), token),
            },
        ],
    };

    private static async Task PruneAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        bool all = invocation.IsSet("all");
        bool volumes = invocation.IsSet("volumes");
        string filters = FilterOption.Query(invocation);
        bool hasAge = invocation.Values("filter").Any(filter => filter.StartsWith("until", StringComparison.Ordinal));
        if (volumes && hasAge)
            throw new UsageException("ERROR: The \"until\" filter is not supported with \"--volumes\"") { Command = invocation.Command };
        await Confirmation.RequireAsync(
            invocation,
            console,
            $"This will remove:\n  - all stopped containers\n  - all networks not used by at least one container\n{(volumes ? "  - all anonymous volumes not used by at least one container\n" : "")}"
            + $"  - {(all ? "all images without at least one container associated to them" : "all dangling images")}\n  - {(all ? "all build cache" : "unused build cache")}\n").ConfigureAwait(false);
        long reclaimed = 0;
        await PruneOneAsync("/containers/prune", filters, "Deleted Containers", report => Texts(report, "ContainersDeleted")).ConfigureAwait(false);
        await PruneOneAsync("/networks/prune", filters, "Deleted Networks", report => Texts(report, "NetworksDeleted")).ConfigureAwait(false);
        if (volumes)
            await PruneOneAsync("/volumes/prune", filters, "Deleted Volumes", report => Texts(report, "VolumesDeleted")).ConfigureAwait(false);
        await PruneOneAsync("/images/prune", FilterOption.Query(invocation, ("dangling", all ? "false" : "true")), "Deleted Images", ImageGroup.Describe).ConfigureAwait(false);

        // It knows the age only.
        if (invocation.Values("filter").All(filter => filter.StartsWith("until", StringComparison.Ordinal)))
            await PruneOneAsync("/build/prune", (all ? "&all=1" : "") + filters, "Deleted build cache objects", report => Texts(report, "CachesDeleted")).ConfigureAwait(false);
        await console.Output.WriteLineAsync($"Total reclaimed space: {HumanText.Size(reclaimed)}").ConfigureAwait(false);

        async Task PruneOneAsync(string path, string query, string title, Func<JsonNode?, IReadOnlyList<string>> describe)
        {
            JsonNode? report = await client.PostAsync($"{path}?{query}", null, cancellationToken).ConfigureAwait(false);
            reclaimed += report.Number("SpaceReclaimed");
            await PruneReport.WriteAsync(console, title, describe(report), null).ConfigureAwait(false);
        }
    }

    private static IReadOnlyList<string> Texts(JsonNode? report, string field) => [.. report.Items(field).Select(text => text.GetValue<string>())];

    private static async Task<int> VerifyAsync(ContainerEngine engine, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        var options = new VerificationOptions { Repair = invocation.IsSet("repair"), SkipContent = invocation.IsSet("quick") };
        VerificationReport report = await engine.VerifyAsync(options, cancellationToken).ConfigureAwait(false);
        foreach (VerificationProblem problem in report.Problems)
            await console.Output.WriteLineAsync($"{problem.Path}: {problem.Description}{(problem.Repair is null ? "" : $" ({problem.Repair})")}").ConfigureAwait(false);
        await console.Output.WriteLineAsync($"{report.Images} images, {report.Layers} layers, {report.Blobs} blobs, {report.Containers} containers: {(report.IsClean ? "clean" : $"{report.Problems.Count} problems")}").ConfigureAwait(false);
        return report.IsClean || report.Problems.All(problem => problem.Repair is not null) ? 0 : 1;
    }
}

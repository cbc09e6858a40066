using System.Globalization;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;

namespace ContainerKit.Cli.SystemCommands;

/// <summary><c>ckit system</c>.</summary>
internal static class SystemCommand
{
    public static Command Create(CommandConsole console) => new("system", "What the data root takes, and whether it is whole")
    {
        Commands =
        [
            new("df", "Show what images, containers, volumes and the build cache take of the disk")
            {
                MaximumArguments = 0,
                Options = [new("format", null, "string", "table, json or a template")],
                Handler = (invocation, token) => EngineSession.RunAsync(invocation, engine => MeasureAsync(engine, invocation, console, token), token),
            },
            new("prune", "Remove containers that don't run, networks and images that nothing needs, and the build cache")
            {
                MaximumArguments = 0,
                Options = [Confirmation.Option, FilterOption.Option, new("all", 'a', null, "Also images with names"), new("volumes", null, null, "Also volumes that nobody gave a name")],
                Handler = (invocation, token) => EngineSession.RunAsync(invocation, engine => PruneAsync(engine, invocation, console, token), token),
            },
            new("verify", "Check every blob, layer and container of the data root")
            {
                MaximumArguments = 0,
                Options = [new("repair", null, null, "Repair what can be repaired"), new("quick", null, null, "Don't read the content of blobs")],
                Handler = (invocation, token) => EngineSession.RunAsync(invocation, engine => VerifyAsync(engine, invocation, console, token), token),
            },
        ],
    };

    private static async Task<int> MeasureAsync(ContainerEngine engine, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        DiskUsage usage = await engine.GetDiskUsageAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<VolumeInfo> volumes = await engine.Volumes.ListAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        IReadOnlyList<VolumeInfo> unused = await engine.Volumes.ListAsync(FilterSet.Empty.With("dangling", "true"), cancellationToken).ConfigureAwait(false);
        long volumeSize = 0;
        foreach (VolumeInfo volume in volumes)
            volumeSize += await (await engine.Volumes.GetAsync(volume.Name, cancellationToken).ConfigureAwait(false)).GetSizeAsync(cancellationToken).ConfigureAwait(false);
        var table = new Listing<UsageRow>(
            row => row.Type,
            ("Type", "TYPE", row => row.Type),
            ("TotalCount", "TOTAL", row => row.Total.ToString(CultureInfo.InvariantCulture)),
            ("Active", "ACTIVE", row => row.Active.ToString(CultureInfo.InvariantCulture)),
            ("Size", "SIZE", row => HumanText.Size(row.Size)));
        await table.WriteAsync(
            invocation,
            console.Output,
            [
                new UsageRow("Images", usage.Images.Count, usage.Images.Count(image => image.Containers > 0), usage.LayersSize + usage.BlobsSize),
                new UsageRow("Containers", usage.Containers.Count, usage.Containers.Count(each => each.Container.Status is ContainerStatus.Running or ContainerStatus.Paused), usage.Containers.Sum(each => each.WritableSize + each.LogSize)),
                new UsageRow("Local Volumes", volumes.Count, volumes.Count - unused.Count, volumeSize),
                new UsageRow("Build Cache", 0, 0, usage.BuildCacheLayersSize + usage.BuildCacheMountsSize),
            ]).ConfigureAwait(false);
        return 0;
    }

    private static async Task<int> PruneAsync(ContainerEngine engine, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        FilterSet filters = FilterOption.Read(invocation);
        bool all = invocation.IsSet("all");
        await Confirmation.RequireAsync(invocation, console, $"This removes all containers that don't run, networks that none is connected to, {(all ? "images that no container uses" : "images without a name")} and the build cache.").ConfigureAwait(false);
        ContainerPruneReport containers = await engine.Containers.PruneAsync(filters, cancellationToken).ConfigureAwait(false);
        NetworkPruneReport networks = await engine.Networks.PruneAsync(filters, cancellationToken).ConfigureAwait(false);
        ImageRemovalReport images = await engine.Images.PruneAsync(all ? filters.With("dangling", "false") : filters, cancellationToken).ConfigureAwait(false);
        long reclaimed = containers.ReclaimedSpace.Bytes + images.ReclaimedBytes;
        List<string> lines = [.. containers.RemovedIds, .. networks.Networks, .. images.Untagged.Select(name => $"Untagged: {name.FamiliarString}"), .. images.DeletedImages.Select(id => $"Deleted: {id}")];

        // It knows the age only.
        if (!filters.Names.Except(["until"]).Any())
            reclaimed += (await engine.PruneBuildCacheAsync(filters, cancellationToken).ConfigureAwait(false)).ReclaimedSpace.Bytes;
        if (invocation.IsSet("volumes") && !filters.Contains("until"))
        {
            VolumePruneReport volumes = await engine.Volumes.PruneAsync(filters, cancellationToken).ConfigureAwait(false);
            lines.AddRange(volumes.RemovedNames);
            reclaimed += volumes.ReclaimedBytes;
        }

        foreach (string line in lines)
            await console.Output.WriteLineAsync(line).ConfigureAwait(false);
        await console.Output.WriteLineAsync($"Total reclaimed space: {HumanText.Size(reclaimed)}").ConfigureAwait(false);
        return 0;
    }

    private static async Task<int> VerifyAsync(ContainerEngine engine, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        var options = new VerificationOptions { Repair = invocation.IsSet("repair"), SkipContent = invocation.IsSet("quick") };
        VerificationReport report = await engine.VerifyAsync(options, cancellationToken).ConfigureAwait(false);
        foreach (VerificationProblem problem in report.Problems)
            await console.Output.WriteLineAsync($"{problem.Path}: {problem.Description}{(problem.Repair is null ? "" : $" ({problem.Repair})")}").ConfigureAwait(false);
        await console.Output.WriteLineAsync($"{report.Images} images, {report.Layers} layers, {report.Blobs} blobs, {report.Containers} containers: {(report.IsClean ? "clean" : $"{report.Problems.Count} problems")}").ConfigureAwait(false);
        return report.IsClean || report.Problems.All(problem => problem.Repair is not null) ? 0 : 1;
    }

    private sealed record UsageRow(string Type, int Total, int Active, long Size);
}

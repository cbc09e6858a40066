using System.Globalization;
using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Containers;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Images;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.Templates;
using ContainerKit.Cli.Volumes;

namespace ContainerKit.Cli.SystemCommands;

/// <summary><c>ckit system df</c>.</summary>
internal static class DiskUsage
{
    private static readonly Listing<Row> Table = new(
        row => row.Type,
        [
            ("Type", "TYPE", row => row.Type),
            ("TotalCount", "TOTAL", row => row.Total.ToString(CultureInfo.InvariantCulture)),
            ("Active", "ACTIVE", row => row.Active.ToString(CultureInfo.InvariantCulture)),
            ("Size", "SIZE", row => HumanText.Size(row.Size)),
            ("Reclaimable", "RECLAIMABLE", row => row.Size > 0 && row.HasShare ? $"{HumanText.Size(row.Reclaimable)} ({row.Reclaimable * 100 / row.Size}%)" : HumanText.Size(row.Reclaimable)),
        ]);

    private static readonly Listing<JsonNode> Cache = new(
        entry => entry.Text("ID") ?? "",
        [
            ("ID", "CACHE ID", entry => entry.Text("ID") ?? ""),
            ("CacheType", "CACHE TYPE", entry => entry.Text("Type") ?? ""),
            ("Size", "SIZE", entry => HumanText.ThreeDigits(entry.Number("Size"))),
            ("CreatedSince", "CREATED", entry => HumanText.Ago(Time(entry, "CreatedAt"))),
            ("LastUsedSince", "LAST USED", entry => HumanText.Ago(Time(entry, "LastUsedAt"))),
            ("UsageCount", "USAGE", entry => entry.Number("UsageCount").ToString(CultureInfo.InvariantCulture)),
            ("Shared", "SHARED", entry => entry.Flag("Shared") ? "true" : "false"),
        ])
    {
        Further =
        [
            ("Parent", "PARENT", entry => entry.Text("Parent") ?? ""),
            ("Description", "DESCRIPTION", entry => entry.Text("Description") ?? ""),
            ("CreatedAt", "CREATED AT", entry => Time(entry, "CreatedAt") is { } time ? HumanText.Timestamp(time) : "N/A"),
            ("LastUsedAt", "LAST USED AT", entry => Time(entry, "LastUsedAt") is { } time ? HumanText.Timestamp(time) : "N/A"),
            ("InUse", "IN USE", entry => entry.Flag("InUse") ? "true" : "false"),
        ],
    };

    public static Command Create(CommandConsole console) => new("df", "Show what images, containers, volumes and the build cache take of the disk")
    {
        MaximumArguments = 0,
        Options = [new("format", null, "string", "table, json, or a template"), new("verbose", 'v', null, "Each of them")],
        Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => RunAsync(client, invocation, console, token), token),
    };

    private static async Task RunAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        JsonNode? usage = await client.GetAsync("/system/df", cancellationToken).ConfigureAwait(false);
        if (invocation.IsSet("verbose"))
        {
            await WriteDetailsAsync(usage, invocation, console).ConfigureAwait(false);
            return;
        }

        List<JsonNode> images = [.. usage.Items("Images")];
        List<JsonNode> containers = [.. usage.Items("Containers")];
        List<JsonNode> volumes = [.. usage.Items("Volumes")];
        List<JsonNode> cache = [.. usage.Items("BuildCache")];
        long layers = usage.Number("LayersSize");
        long used = images.Where(image => image.Number("Containers") > 0).Sum(image => image.Number("Size") - Math.Max(0, image.Number("SharedSize")));
        await Table.WriteAsync(
            invocation,
            console.Output,
            [
                new Row("Images", images.Count, images.Count(image => image.Number("Containers") > 0), layers, Math.Max(0, layers - used), true),
                new Row("Containers", containers.Count, containers.Count(Runs), containers.Sum(each => each.Number("SizeRw")), containers.Where(each => !Runs(each)).Sum(each => each.Number("SizeRw")), true),
                new Row("Local Volumes", volumes.Count, volumes.Count(IsUsed), volumes.Sum(VolumeSize), volumes.Where(volume => !IsUsed(volume)).Sum(VolumeSize), true),
                new Row("Build Cache", cache.Count, cache.Count(each => each.Flag("InUse")), cache.Sum(CacheSize), cache.Where(each => !each.Flag("InUse")).Sum(CacheSize), false),
            ]).ConfigureAwait(false);
    }

    private static async Task WriteDetailsAsync(JsonNode? usage, CommandInvocation invocation, CommandConsole console)
    {
        if (invocation.Value("format") is not (null or "" or "table"))
        {
            var details = new JsonObject
            {
                ["Images"] = ImageListing.ToJson(usage.Items("Images")),
                ["Containers"] = ContainerListing.Describe(isFull: true, withSize: true).ToJson(usage.Items("Containers")),
                ["Volumes"] = VolumeCommands.List.ToJson(usage.Items("Volumes")),
                ["BuildCache"] = Cache.ToJson(usage.Items("BuildCache")),
            };
            string format = invocation.Value("format")!;
            await console.Output.WriteLineAsync(format == "json" ? JsonText.Of(details) : Template.Parse(format).Render(details)).ConfigureAwait(false);
            return;
        }

        const int shortId = 12;
        const int digestPrefix = 7;
        await console.Output.WriteAsync("Images space usage:\n\n").ConfigureAwait(false);
        await TextTable.WriteAsync(
            console.Output,
            ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE", "SHARED SIZE", "UNIQUE SIZE", "CONTAINERS"],
            [.. usage.Items("Images").SelectMany(image => image.Items("RepoTags").Select(tag => ImageNames.Split(tag.GetValue<string>())).DefaultIfEmpty(("<none>", "<none>")).Select(name => (IReadOnlyList<string>)
            [
                name.Item1, name.Item2, image.Text("Id")!.Substring(digestPrefix, shortId), HumanText.Ago(HumanText.FromUnix(image.Number("Created"))), HumanText.ThreeDigits(image.Number("Size")),
                HumanText.Size(Math.Max(0, image.Number("SharedSize"))), HumanText.Size(image.Number("Size") - Math.Max(0, image.Number("SharedSize"))), image.Number("Containers").ToString(CultureInfo.InvariantCulture),
            ]))]).ConfigureAwait(false);
        await console.Output.WriteAsync("\nContainers space usage:\n\n").ConfigureAwait(false);
        await TextTable.WriteAsync(
            console.Output,
            ["CONTAINER ID", "IMAGE", "COMMAND", "LOCAL VOLUMES", "SIZE", "CREATED", "STATUS", "NAMES"],
            [.. usage.Items("Containers").Select(each => (IReadOnlyList<string>)
            [
                each.Text("Id")![..shortId], each.Text("Image") ?? "", ContainerListing.Command(each, isFull: false), ContainerListing.LocalVolumes(each),
                HumanText.ThreeDigits(each.Number("SizeRw")), HumanText.Ago(HumanText.FromUnix(each.Number("Created"))), each.Text("Status") ?? "", ContainerListing.Names(each),
            ])]).ConfigureAwait(false);
        await console.Output.WriteAsync("\nLocal Volumes space usage:\n\n").ConfigureAwait(false);
        await TextTable.WriteAsync(
            console.Output,
            ["VOLUME NAME", "LINKS", "SIZE"],
            [.. usage.Items("Volumes").Select(volume => (IReadOnlyList<string>)[volume.Text("Name") ?? "", (volume["UsageData"]).Number("RefCount").ToString(CultureInfo.InvariantCulture), HumanText.Size(VolumeSize(volume))])]).ConfigureAwait(false);
        await console.Output.WriteAsync($"\nBuild cache usage: {HumanText.Size(usage.Items("BuildCache").Sum(CacheSize))}\n\n").ConfigureAwait(false);
        await console.Output.WriteAsync(Cache.Format(null, quiet: false, [.. usage.Items("BuildCache")])).ConfigureAwait(false);
    }

    /// <summary>Null for the year 1, which is Go's time of nothing.</summary>
    private static DateTimeOffset? Time(JsonNode entry, string field)
        => DateTimeOffset.TryParse(entry.Text(field), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) && time.Year > 1 ? time : null;

    private static bool Runs(JsonNode container) => container.Text("State") is "running" or "paused" or "restarting";

    private static bool IsUsed(JsonNode volume) => (volume["UsageData"]).Number("RefCount") > 0;

    private static long VolumeSize(JsonNode volume) => Math.Max(0, (volume["UsageData"]).Number("Size"));

    private static long CacheSize(JsonNode entry) => entry.Flag("Shared") ? 0 : entry.Number("Size");

    private sealed record Row(string Type, int Total, int Active, long Size, long Reclaimable, bool HasShare);
}

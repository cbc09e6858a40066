using System.Globalization;
using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Containers;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.SystemCommands;

namespace ContainerKit.Cli.Volumes;

/// <summary><c>ckit volume</c>.</summary>
internal static class VolumeCommands
{
    /// <summary>Links and sizes only of what /system/df tells.</summary>
    public static Listing<JsonNode> List { get; } = new(
        volume => volume.Text("Name") ?? "",
        [("Driver", "DRIVER", volume => volume.Text("Driver") ?? ""), ("Name", "VOLUME NAME", volume => volume.Text("Name") ?? "")])
    {
        Further =
        [
            ("Mountpoint", "MOUNTPOINT", volume => volume.Text("Mountpoint") ?? ""),
            ("Labels", "LABELS", volume => string.Join(',', volume.Pairs("Labels").Select(label => $"{label.Key}={label.Value}"))),
            ("Scope", "SCOPE", volume => volume.Text("Scope") ?? ""),
            ("Links", "LINKS", volume => volume["UsageData"] is JsonObject usage ? usage.Number("RefCount").ToString(CultureInfo.InvariantCulture) : "N/A"),
            ("Size", "SIZE", volume => volume["UsageData"] is JsonObject usage && usage.Number("Size") is var size and >= 0 ? HumanText.Size(size) : "N/A"),
            ("Availability", "AVAILABILITY", _ => "N/A"),
            ("Group", "GROUP", _ => "N/A"),
            ("Status", "STATUS", _ => "N/A"),
        ],
        Label = (volume, name) => (volume["Labels"]).Text(name) ?? "",
    };

    public static Command Create(CommandConsole console) => new("volume", "Volumes")
    {
        Commands =
        [
            InspectCommand.Create(console, "volume"),
            new("ls", "List volumes")
            {
                Aliases = ["list"],
                MaximumArguments = 0,
                Options = [.. Listing<JsonNode>.Options, FilterOption.Option],
                Handler = (invocation, token) => ClientSession.RunAsync(
                    invocation,
                    async client =>
                    {
                        JsonNode? volumes = await client.GetAsync($"/volumes?{FilterOption.Query(invocation)}", token).ConfigureAwait(false);
                        await List.WriteAsync(invocation, console.Output, [.. volumes.Items("Volumes").OrderBy(volume => volume.Text("Name"), StringComparer.Ordinal)]).ConfigureAwait(false);
                    },
                    token),
            },
            new("create", "Create a volume", "[NAME]")
            {
                MaximumArguments = 1,
                Options = [new("driver", 'd', "string", "The driver (default local)"), new("label", null, "list", "A label, name=value"), new("opt", 'o', "list", "An option of the driver, name=value")],
                Handler = (invocation, token) => ClientSession.RunAsync(
                    invocation,
                    async client =>
                    {
                        var body = new JsonObject
                        {
                            ["Name"] = invocation.Arguments.Count > 0 ? invocation.Arguments[0] : "",
                            ["Driver"] = invocation.Value("driver") ?? VolumeSpec.LocalDriver,
                            ["Labels"] = Map(invocation, "label"),
                            ["DriverOpts"] = Map(invocation, "opt"),
                        };
                        await console.Output.WriteLineAsync((await client.PostAsync("/volumes/create", body, token).ConfigureAwait(false)).Text("Name")).ConfigureAwait(false);
                    },
                    token),
            },
            new("rm", "Remove volumes", "VOLUME [VOLUME...]")
            {
                Aliases = ["remove"],
                MinimumArguments = 1,
                Options = [new("force", 'f', null, "Don't mind those that there are not")],
                Handler = (invocation, token) => ClientSession.RunAsync(
                    invocation,
                    client => EngineSession.EachAsync(console, invocation.Arguments, async name =>
                    {
                        await client.DeleteAsync($"/volumes/{DockerClient.Escape(name)}{(invocation.IsSet("force") ? "?force=1" : "")}", token).ConfigureAwait(false);
                        return name;
                    }),
                    token),
            },
            new("prune", "Remove volumes that no container uses")
            {
                MaximumArguments = 0,
                Options = [FilterOption.LongOption, Confirmation.Option, new("all", 'a', null, "Also those that were given a name")],
                Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => PruneAsync(client, invocation, console, token), token),
            },
        ],
    };

    private static async Task PruneAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        bool all = invocation.IsSet("all");
        await Confirmation.RequireAsync(
            invocation, console, all ? "This will remove all local volumes not used by at least one container." : "This will remove anonymous local volumes not used by at least one container.").ConfigureAwait(false);
        (string, string)[] further = all ? [("all", "true")] : [];
        JsonNode? report = await client.PostAsync($"/volumes/prune?{FilterOption.Query(invocation, further)}", null, cancellationToken).ConfigureAwait(false);
        await PruneReport.WriteAsync(console, "Deleted Volumes", [.. report.Items("VolumesDeleted").Select(name => name.GetValue<string>())], report.Number("SpaceReclaimed")).ConfigureAwait(false);
    }

    private static JsonObject Map(CommandInvocation invocation, string flag) => new((FlagText.Map(invocation.Values(flag)) ?? []).Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
}

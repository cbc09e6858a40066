using System.Globalization;
using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;

namespace ContainerKit.Cli.Containers;

/// <summary><c>ckit ps</c>.</summary>
internal static class ContainerListing
{
    private const int ShortIdLength = 12;
    private const int CommandLength = 20;

    public static Command Create(CommandConsole console, string name = "ps") => new(name, "List containers")
    {
        Aliases = name == "ps" ? [] : ["list", "ps"],
        MaximumArguments = 0,
        Options =
        [
            .. Listing<JsonNode>.Options, FilterOption.Option, new("all", 'a', null, "Also those that don't run"), new("last", 'n', "int", "Only so many, the newest, whether they run or not"),
            new("latest", 'l', null, "Only the newest"), new("no-trunc", null, null, "Don't shorten anything"), new("size", 's', null, "With the size of their files"),
        ],
        Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => ListAsync(client, invocation, console, token), token),
    };

    public static string Names(JsonNode container) => string.Join(',', container.Items("Names").Select(name => name.GetValue<string>().TrimStart('/')));

    public static string Command(JsonNode container, bool isFull)
        => JsonText.Of(JsonValue.Create(isFull ? container.Text("Command") ?? "" : HumanText.Shorten(container.Text("Command") ?? "", CommandLength)));

    public static string LocalVolumes(JsonNode container) => container.Items("Mounts").Count(mount => mount.Text("Driver") == "local").ToString(CultureInfo.InvariantCulture);

    public static Listing<JsonNode> Describe(bool isFull, bool withSize)
    {
        (string Field, string Title, Func<JsonNode, string?> Value) size = ("Size", "SIZE", Size);
        return new Listing<JsonNode>(
            container => Id(container, isFull),
            [
                ("ID", "CONTAINER ID", container => Id(container, isFull)),
                ("Image", "IMAGE", container => Image(container, isFull)),
                ("Command", "COMMAND", container => Command(container, isFull)),
                ("RunningFor", "CREATED", container => HumanText.Ago(HumanText.FromUnix(container.Number("Created")))),
                ("Status", "STATUS", container => container.Text("Status") ?? ""),
                ("Ports", "PORTS", Ports),
                ("Names", "NAMES", Names),
                .. withSize ? new[] { size } : [],
            ])
        {
            Further =
            [
                ("State", "STATE", container => container.Text("State") ?? ""),
                ("CreatedAt", "CREATED AT", container => HumanText.Timestamp(HumanText.FromUnix(container.Number("Created")))),
                ("Labels", "LABELS", container => string.Join(',', container.Pairs("Labels").Select(label => $"{label.Key}={label.Value}"))),
                ("Networks", "NETWORKS", container => string.Join(',', (container["NetworkSettings"]).Pairs("Networks").Select(network => network.Key))),
                ("Mounts", "MOUNTS", container => string.Join(',', container.Items("Mounts").Select(mount => MountName(mount, isFull)))),
                ("LocalVolumes", "LOCAL VOLUMES", LocalVolumes),

                // Docker's of a container is null but for an image of several platforms.
                ("Platform", "PLATFORM", _ => null),
                .. withSize ? [] : new[] { size },
            ],
            Label = (container, name) => (container["Labels"]).Text(name) ?? "",
        };
    }

    private static async Task ListAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        int last = invocation.IsSet("latest") ? 1 : invocation.Number("last") ?? -1;
        string? format = invocation.Value("format");
        bool withSize = invocation.IsSet("size") || format?.Contains(".Size", StringComparison.Ordinal) == true;
        string path = $"/containers/json?all={(invocation.IsSet("all") || last > 0 ? 1 : 0)}{(last > 0 ? $"&limit={last}" : "")}{(withSize ? "&size=1" : "")}{FilterOption.Query(invocation)}";
        JsonArray containers = await client.GetAsync(path, cancellationToken).ConfigureAwait(false) as JsonArray ?? [];
        await Describe(invocation.IsSet("no-trunc"), invocation.IsSet("size")).WriteAsync(invocation, console.Output, [.. containers.OfType<JsonNode>()]).ConfigureAwait(false);
    }

    private static string Id(JsonNode container, bool isFull) => container.Text("Id") is { Length: > ShortIdLength } id && !isFull ? id[..ShortIdLength] : container.Text("Id") ?? "";

    private static string Image(JsonNode container, bool isFull)
    {
        const string prefix = "sha256:";
        string image = container.Text("Image") ?? "";
        return !isFull && image.StartsWith(prefix, StringComparison.Ordinal) && image.Length > prefix.Length + ShortIdLength ? image.Substring(prefix.Length, ShortIdLength) : image;
    }

    private static string Ports(JsonNode container) => string.Join(", ", container.Items("Ports")
        .OrderBy(port => port.Number("PrivatePort")).ThenBy(port => port.Text("IP"), StringComparer.Ordinal)
        .Select(port => port.Number("PublicPort") is var published and > 0
            ? $"{Address(port.Text("IP") ?? "")}:{published}->{port.Number("PrivatePort")}/{port.Text("Type")}"
            : $"{port.Number("PrivatePort")}/{port.Text("Type")}").Distinct());

    private static string Address(string address) => address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;

    private static string Size(JsonNode container)
        => container.Number("SizeRootFs") is var virtualSize and > 0 ? $"{HumanText.ThreeDigits(container.Number("SizeRw"))} (virtual {HumanText.ThreeDigits(virtualSize)})" : HumanText.ThreeDigits(container.Number("SizeRw"));

    private static string MountName(JsonNode mount, bool isFull)
    {
        const int length = 15;
        string name = mount.Text("Name") is { Length: > 0 } volume ? volume : mount.Text("Source") ?? "";
        return isFull ? name : HumanText.Shorten(name, length);
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Containers;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.SystemCommands;

namespace ContainerKit.Cli.Networks;

/// <summary><c>ckit network</c>.</summary>
internal static class NetworkCommands
{
    private const int ShortIdLength = 12;

    public static Command Create(CommandConsole console) => new("network", "Networks")
    {
        Commands =
        [
            InspectCommand.Create(console, "network"),
            new("ls", "List networks")
            {
                Aliases = ["list"],
                MaximumArguments = 0,
                Options = [.. Listing<JsonNode>.Options, FilterOption.Option, new("no-trunc", null, null, "Don't shorten ids")],
                Handler = (invocation, token) => ClientSession.RunAsync(
                    invocation,
                    async client =>
                    {
                        JsonArray networks = await client.GetAsync($"/networks?{FilterOption.Query(invocation)}", token).ConfigureAwait(false) as JsonArray ?? [];
                        await Describe(invocation.IsSet("no-trunc")).WriteAsync(invocation, console.Output, [.. networks.OfType<JsonNode>().OrderBy(network => network.Text("Name"), StringComparer.Ordinal)]).ConfigureAwait(false);
                    },
                    token),
            },
            new("create", "Create a network", "NAME")
            {
                MinimumArguments = 1,
                MaximumArguments = 1,
                Options =
                [
                    new("attachable", null, null, "For swarms"), new("aux-address", null, "list", "An address that is taken, name=address"), new("config-from", null, "string", "The network that has the configuration"),
                    new("config-only", null, null, "A configuration for others"), new("driver", 'd', "string", "bridge, macvlan or ipvlan (default bridge)"), new("gateway", null, "list", "The gateway of the subnet"),
                    new("ingress", null, null, "For swarms"), new("internal", null, null, "No way out, and none in"), new("ip-range", null, "list", "The part of the subnet that addresses are chosen from"),
                    new("ipam-driver", null, "string", "Who chooses addresses"), new("ipam-opt", null, "list", "An option of that, name=value"), new("ipv4", null, null, "Containers have IPv4 addresses (default true)"),
                    new("ipv6", null, null, "Containers have IPv6 addresses as well"), new("label", null, "list", "A label, name=value"), new("opt", 'o', "list", "An option of the driver, name=value"),
                    new("scope", null, "string", "local"), new("subnet", null, "list", "The subnet, as in 10.5.0.0/24"),
                ],
                Handler = (invocation, token) => ClientSession.RunAsync(
                    invocation,
                    async client =>
                    {
                        JsonNode? answer = await client.PostAsync("/networks/create", Read(invocation), token).ConfigureAwait(false);
                        if (answer.Text("Warning") is { Length: > 0 } warning)
                            await console.Error.WriteLineAsync($"WARNING: {warning}").ConfigureAwait(false);
                        await console.Output.WriteLineAsync(answer.Text("Id")).ConfigureAwait(false);
                    },
                    token),
            },
            new("rm", "Remove networks", "NETWORK [NETWORK...]")
            {
                Aliases = ["remove"],
                MinimumArguments = 1,
                Options = [new("force", 'f', null, "Don't mind those that there are not")],
                Handler = (invocation, token) => ClientSession.RunAsync(
                    invocation,
                    client => EngineSession.EachAsync(console, invocation.Arguments, async name =>
                    {
                        try
                        {
                            await client.DeleteAsync($"/networks/{DockerClient.Escape(name)}", token).ConfigureAwait(false);
                            return name;
                        }
                        catch (DockerErrorException e) when (e.Status == 404 && invocation.IsSet("force"))
                        {
                            return null;
                        }
                    }),
                    token),
            },
            new("connect", "Connect a container to a network", "NETWORK CONTAINER")
            {
                MinimumArguments = 2,
                MaximumArguments = 2,
                Options =
                [
                    new("alias", null, "list", "A further name in the network"), new("driver-opt", null, "list", "An option of the driver, name=value"), new("gw-priority", null, "int", "Which network's gateway is used"),
                    new("ip", null, "string", "The IPv4 address"), new("ip6", null, "string", "The IPv6 address"), new("link", null, "list", "A container whose name is known there"),
                    new("link-local-ip", null, "list", "A link-local address"),
                ],
                Handler = (invocation, token) => ClientSession.RunAsync(
                    invocation,
                    client => client.PostAsync(
                        $"/networks/{DockerClient.Escape(invocation.Arguments[0])}/connect",
                        new JsonObject { ["Container"] = invocation.Arguments[1], ["EndpointConfig"] = ReadEndpoint(invocation) },
                        token),
                    token),
            },
            new("disconnect", "Disconnect a container from a network", "NETWORK CONTAINER")
            {
                MinimumArguments = 2,
                MaximumArguments = 2,
                Options = [new("force", 'f', null, "Whatever the container does")],
                Handler = (invocation, token) => ClientSession.RunAsync(
                    invocation,
                    client => client.PostAsync(
                        $"/networks/{DockerClient.Escape(invocation.Arguments[0])}/disconnect", new JsonObject { ["Container"] = invocation.Arguments[1], ["Force"] = invocation.IsSet("force") }, token),
                    token),
            },
            new("prune", "Remove networks that no container is connected to")
            {
                MaximumArguments = 0,
                Options = [FilterOption.LongOption, Confirmation.Option],
                Handler = (invocation, token) => ClientSession.RunAsync(
                    invocation,
                    async client =>
                    {
                        await Confirmation.RequireAsync(invocation, console, "This will remove all custom networks not used by at least one container.").ConfigureAwait(false);
                        JsonNode? report = await client.PostAsync($"/networks/prune?{FilterOption.Query(invocation)}", null, token).ConfigureAwait(false);
                        await PruneReport.WriteAsync(console, "Deleted Networks", [.. report.Items("NetworksDeleted").Select(name => name.GetValue<string>())], null).ConfigureAwait(false);
                    },
                    token),
            },
        ],
    };

    private static Listing<JsonNode> Describe(bool isFull)
    {
        return new Listing<JsonNode>(
            Id,
            [("ID", "NETWORK ID", Id), ("Name", "NAME", network => network.Text("Name") ?? ""), ("Driver", "DRIVER", network => network.Text("Driver") ?? ""), ("Scope", "SCOPE", network => network.Text("Scope") ?? "")])
        {
            Further =
            [
                ("IPv4", "IPV4", network => network.Flag("EnableIPv4") ? "true" : "false"),
                ("IPv6", "IPV6", network => network.Flag("EnableIPv6") ? "true" : "false"),
                ("Internal", "INTERNAL", network => network.Flag("Internal") ? "true" : "false"),
                ("Labels", "LABELS", network => string.Join(',', network.Pairs("Labels").Select(label => $"{label.Key}={label.Value}"))),
                ("CreatedAt", "CREATED AT", network => DateTimeOffset.TryParse(network.Text("Created"), CultureInfo.InvariantCulture, out DateTimeOffset created) ? HumanText.Timestamp(created) : ""),
            ],
            Label = (network, name) => (network["Labels"]).Text(name) ?? "",
        };

        string Id(JsonNode network) => network.Text("Id") is { Length: > ShortIdLength } id && !isFull ? id[..ShortIdLength] : network.Text("Id") ?? "";
    }

    private static JsonObject Read(CommandInvocation invocation)
    {
        foreach (string flag in (string[])["config-from", "config-only", "ingress"])
        {
            if (invocation.Has(flag))
                throw new UsageException($"--{flag} is not supported: there are no swarms and no configurations to share") { Command = invocation.Command };
        }

        IReadOnlyList<string> subnets = invocation.Values("subnet");
        IReadOnlyList<string> gateways = invocation.Values("gateway");
        IReadOnlyList<string> ranges = invocation.Values("ip-range");
        if (subnets.Count == 0 && gateways.Count + ranges.Count > 0)
            throw new UsageException("--gateway and --ip-range need a --subnet") { Command = invocation.Command };
        if (gateways.Count > subnets.Count || ranges.Count > subnets.Count)
            throw new UsageException("every --gateway and --ip-range needs a --subnet of its own") { Command = invocation.Command };
        var pools = new JsonArray();
        for (int i = 0; i < subnets.Count; i++)
        {
            var pool = new JsonObject { ["Subnet"] = subnets[i] };
            if (i < gateways.Count)
                pool["Gateway"] = gateways[i];
            if (i < ranges.Count)
                pool["IPRange"] = ranges[i];
            if (i == 0 && invocation.Has("aux-address"))
                pool["AuxiliaryAddresses"] = ToJson(FlagText.Map(invocation.Values("aux-address")));
            pools.Add((JsonNode)pool);
        }

        var body = new JsonObject
        {
            ["Name"] = invocation.Arguments[0],
            ["Driver"] = invocation.Value("driver") ?? "bridge",
            ["Internal"] = invocation.IsSet("internal"),
            ["Attachable"] = invocation.IsSet("attachable"),
            ["Labels"] = ToJson(FlagText.Map(invocation.Values("label"))),
            ["Options"] = ToJson(FlagText.Map(invocation.Values("opt"))),
            ["IPAM"] = new JsonObject { ["Driver"] = invocation.Value("ipam-driver") ?? "default", ["Config"] = pools, ["Options"] = ToJson(FlagText.Map(invocation.Values("ipam-opt"))) },
        };
        foreach ((string flag, string field) in (IEnumerable<(string, string)>)[("ipv4", "EnableIPv4"), ("ipv6", "EnableIPv6")])
        {
            if (invocation.Has(flag))
                body[field] = invocation.IsSet(flag);
        }

        if (invocation.Value("scope") is string scope)
            body["Scope"] = scope;
        return body;
    }

    private static JsonObject ReadEndpoint(CommandInvocation invocation)
    {
        var endpoint = new JsonObject();
        if (invocation.Has("ip") || invocation.Has("ip6") || invocation.Has("link-local-ip"))
        {
            var addresses = new JsonObject();
            if (invocation.Value("ip") is string address)
                addresses["IPv4Address"] = address;
            if (invocation.Value("ip6") is string address6)
                addresses["IPv6Address"] = address6;
            if (invocation.Has("link-local-ip"))
                addresses["LinkLocalIPs"] = ToJson(invocation.Values("link-local-ip"));
            endpoint["IPAMConfig"] = addresses;
        }

        if (invocation.Has("alias"))
            endpoint["Aliases"] = ToJson(invocation.Values("alias"));
        if (invocation.Has("link"))
            endpoint["Links"] = ToJson(invocation.Values("link"));
        if (invocation.Has("driver-opt"))
            endpoint["DriverOpts"] = ToJson(FlagText.Map(invocation.Values("driver-opt")));
        if (invocation.Number("gw-priority") is int priority)
            endpoint["GwPriority"] = priority;
        return endpoint;
    }

    private static JsonObject ToJson(Dictionary<string, string>? map) => new((map ?? []).Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));

    private static JsonArray ToJson(IReadOnlyList<string> list) => new([.. list.Select(text => (JsonNode?)text)]);
}

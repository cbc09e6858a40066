using System.Globalization;
using ContainerKit.Cli.CommandLine;
using ContainerKit.DockerApi.Contracts;

namespace ContainerKit.Cli.Containers;

/// <summary>The flags of a container's networks: <c>--network NAME</c>, <c>--network name=NAME,alias=…,ip=…</c>, and those of the first one.</summary>
internal static class NetworkFlags
{
    private const string Default = "default";

    /// <summary>The network that the container starts in.</summary>
    public static string? Mode(CommandInvocation invocation) => invocation.Has("network") ? Name(Fields(invocation, invocation.Values("network")[0])) : null;

    public static NetworkingConfigBody? Read(CommandInvocation invocation)
    {
        Dictionary<string, EndpointConfigBody?> endpoints = new(StringComparer.Ordinal);
        IReadOnlyList<string> networks = invocation.Has("network") ? invocation.Values("network") : [Default];
        for (int i = 0; i < networks.Count; i++)
        {
            List<(string Name, string Value)> fields = Fields(invocation, networks[i]);
            EndpointConfigBody endpoint = ReadEndpoint(invocation, networks[i], fields, isFirst: i == 0);

            // A mode such as host has no endpoint, and one that says nothing is the engine's affair.
            if (i > 0 || endpoint != new EndpointConfigBody())
                endpoints[Name(fields)] = endpoint;
        }

        return endpoints.Count > 0 ? new NetworkingConfigBody { EndpointsConfig = endpoints } : null;
    }

    private static string Name(List<(string Name, string Value)> fields) => fields.First(field => field.Name == "name").Value;

    private static List<(string Name, string Value)> Fields(CommandInvocation invocation, string text)
    {
        if (!text.Contains('=', StringComparison.Ordinal))
            return [("name", text)];
        List<(string Name, string Value)> fields = [.. text.Split(',').Select(FlagText.Pair)];
        return fields.Any(field => field.Name == "name") ? fields : throw invocation.Invalid("network", text, "name=NETWORK is wanted");
    }

    private static EndpointConfigBody ReadEndpoint(CommandInvocation invocation, string text, List<(string Name, string Value)> fields, bool isFirst)
    {
        string? address = isFirst ? invocation.Value("ip") : null;
        string? address6 = isFirst ? invocation.Value("ip6") : null;
        string? mac = isFirst ? invocation.Value("mac-address") : null;
        List<string> aliases = isFirst ? [.. invocation.Values("network-alias")] : [];
        List<string> linkLocal = isFirst ? [.. invocation.Values("link-local-ip")] : [];
        List<string> options = [];
        int priority = 0;
        foreach ((string name, string value) in fields)
        {
            switch (name)
            {
                case "name":
                    break;
                case "alias":
                    aliases.Add(value);
                    break;
                case "ip":
                    address = value;
                    break;
                case "ip6":
                    address6 = value;
                    break;
                case "mac-address":
                    mac = value;
                    break;
                case "link-local-ip":
                    linkLocal.Add(value);
                    break;
                case "driver-opt":
                    options.Add(value);
                    break;
                case "gw-priority" when int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out priority):
                    break;
                default:
                    throw invocation.Invalid("network", text, $"invalid field key {name}");
            }
        }

        return new EndpointConfigBody
        {
            IPAMConfig = address is null && address6 is null && linkLocal.Count == 0 ? null
                : new EndpointAddressBody { IPv4Address = address, IPv6Address = address6, LinkLocalIPs = linkLocal.Count > 0 ? linkLocal : null },
            Aliases = aliases.Count > 0 ? aliases : null,
            MacAddress = mac,
            DriverOpts = FlagText.Map(options),
            GwPriority = priority,
        };
    }
}

using System.Net;
using ContainerKit.DockerApi.Contracts;
using ContainerKit.DockerApi.Routing;

namespace ContainerKit.DockerApi.Containers;

/// <summary>A container's place in a network, of create and of POST /networks/{id}/connect.</summary>
internal static class EndpointMapper
{
    internal static NetworkAttachment Map(string network, EndpointConfigBody? endpoint)
    {
        if (endpoint is null)
            return new NetworkAttachment(network);
        UnknownFields.Refuse("EndpointsConfig", endpoint.Unknown);
        if (endpoint.DriverOpts is { Count: > 0 })
            throw ApiException.BadRequest("DriverOpts of an endpoint are not supported.");
        if (endpoint.IPAMConfig?.LinkLocalIPs is { Count: > 0 })
            throw ApiException.BadRequest("LinkLocalIPs are not supported.");
        return new NetworkAttachment(network)
        {
            Aliases = [.. endpoint.Aliases ?? []],
            Links = [.. endpoint.Links ?? []],
            IPv4Address = Address(endpoint.IPAMConfig?.IPv4Address),
            IPv6Address = Address(endpoint.IPAMConfig?.IPv6Address),
            MacAddress = string.IsNullOrEmpty(endpoint.MacAddress) ? null : endpoint.MacAddress,
            Priority = endpoint.GwPriority,
        };
    }

    /// <summary>True when nothing but the network is asked for.</summary>
    internal static bool IsPlain(NetworkAttachment attachment)
        => attachment is { Aliases.IsEmpty: true, Links.IsEmpty: true, IPv4Address: null, IPv6Address: null, MacAddress: null, Priority: 0 };

    private static IPAddress? Address(string? text) => string.IsNullOrEmpty(text)
        ? null
        : IPAddress.TryParse(text, out IPAddress? address) ? address : throw ApiException.BadRequest($"invalid IP address: {text}");
}

namespace ContainerKit.DockerApi.Contracts;

/// <summary>Addresses that are asked for.</summary>
internal sealed record EndpointAddressBody
{
    public string? IPv4Address { get; init; }

    public string? IPv6Address { get; init; }

    public IReadOnlyList<string>? LinkLocalIPs { get; init; }
}

using System.Net;
using System.Text.Json.Serialization;
using ContainerKit.Networks.Addresses;

namespace ContainerKit;

/// <summary>A port of this machine by which a port of a running container is reachable.</summary>
/// <param name="ContainerPort">The container's port.</param>
/// <param name="Protocol">The protocol.</param>
/// <param name="HostAddress">The address of this machine; <see cref="IPAddress.Any"/> and <see cref="IPAddress.IPv6Any"/> for all.</param>
/// <param name="HostPort">The port of this machine.</param>
public sealed record PublishedPort(int ContainerPort, PortProtocol Protocol, [property: JsonConverter(typeof(AddressJsonConverter))] IPAddress HostAddress, int HostPort);

using System.Net;

namespace ContainerKit.Linux.Netlink;

/// <summary>A route of the main table.</summary>
/// <param name="Destination">Where to; a prefix of 0 bits is the default route.</param>
/// <param name="Gateway">By which neighbour; null: direct.</param>
/// <param name="Index">By which interface; 0 where there are several or none.</param>
public sealed record RouteInfo(IPNetwork Destination, IPAddress? Gateway, int Index);

using System.Net;

namespace ContainerKit.Linux.Netlink;

/// <summary>An address of an interface.</summary>
/// <param name="Index">The interface's number.</param>
/// <param name="Network">The address with its prefix: the base address of <see cref="IPNetwork"/> is the network's.</param>
/// <param name="Address">The address itself.</param>
public sealed record IPAddressInfo(int Index, IPNetwork Network, IPAddress Address);

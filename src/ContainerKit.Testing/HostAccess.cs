using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace ContainerKit.Testing;

/// <summary>How containers reach servers of this machine: those of the test itself, for instance.</summary>
public static class HostAccess
{
    /// <summary>The name of this machine inside of containers that have access to it.</summary>
    public const string HostName = "host.containerkit.internal";

    /// <summary>
    /// Lets the container reach this machine by the name <see cref="HostName"/>. The server has to listen on all addresses (<c>0.0.0.0</c>), not on loopback only:
    /// loopback of this machine stays out of the reach of containers.
    /// </summary>
    /// <param name="spec">The spec.</param>
    /// <param name="engine">The engine that the container is going to run on.</param>
    /// <exception cref="UnsupportedException">This user's containers have no way out, or this machine has no address besides loopback.</exception>
    public static ContainerSpec WithHostAccess(this ContainerSpec spec, ContainerEngine engine)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(engine);
        if (!engine.IsRootless)
            return spec.WithExtraHost(HostName, "host-gateway");
        if (engine.Networks.Limitation is { } limitation)
            throw new UnsupportedException($"Containers of this user can't reach this machine: {limitation}");
        return spec.WithExtraHost(HostName, FindAddress().ToString());
    }

    /// <summary>Without root the gateway is one of the sandbox's; what leads out of it reaches this machine by its own address.</summary>
    private static IPAddress FindAddress()
        => NetworkInterface.GetAllNetworkInterfaces()
            .Where(each => each.OperationalStatus == OperationalStatus.Up && each.NetworkInterfaceType != NetworkInterfaceType.Loopback && each.GetIPProperties().GatewayAddresses.Count > 0)
            .SelectMany(each => each.GetIPProperties().UnicastAddresses)
            .Select(each => each.Address)
            .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork)
            ?? throw new UnsupportedException("This machine has no IPv4 address besides loopback, which containers of an ordinary user can't reach. Run the server in a container of the same network instead.");
}

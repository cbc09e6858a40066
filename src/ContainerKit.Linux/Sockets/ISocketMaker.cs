using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Sockets;

/// <summary>How a socket of another network namespace comes to be. Blocking, and used by one thread.</summary>
internal interface ISocketMaker : IDisposable
{
    /// <summary>Makes a socket.</summary>
    /// <param name="network">The namespace that it belongs to.</param>
    /// <param name="family">AF_*, as the kernel counts.</param>
    /// <param name="type">SOCK_*, with its flags.</param>
    /// <param name="protocol">As in socket(2).</param>
    /// <returns>The descriptor's number, owned by the caller.</returns>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    int Make(NamespaceFd network, int family, int type, int protocol);
}

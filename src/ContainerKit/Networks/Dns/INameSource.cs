using System.Net;

namespace ContainerKit.Networks.Dns;

/// <summary>What one container may know by name: the view over all its networks, as they are at the moment of a question.</summary>
/// <remarks>Called from several threads at once, and for every question: it should not block.</remarks>
internal interface INameSource
{
    /// <summary>False when questions about other names must not leave: none of the container's networks has a way out.</summary>
    bool CanForward { get; }

    /// <summary>Looks a name up.</summary>
    /// <param name="name">In lower case, without the dot at the end; ASCII.</param>
    /// <param name="addresses">Of both families; those of several containers where they share an alias.</param>
    /// <returns>True when the name is one of ours, even when it has no address: then nobody else is asked.</returns>
    bool TryResolve(ReadOnlySpan<char> name, out IReadOnlyList<IPAddress> addresses);

    /// <summary>Looks an address up.</summary>
    /// <param name="address">IPv4 or IPv6.</param>
    /// <param name="name">The name of who has it, with that of the network: <c>db.app</c>; ASCII.</param>
    /// <returns>True when the address is one of ours.</returns>
    bool TryReverse(IPAddress address, out string name);
}

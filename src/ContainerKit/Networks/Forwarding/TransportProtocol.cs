namespace ContainerKit.Networks.Forwarding;

/// <summary>The protocols whose ports are published.</summary>
internal enum TransportProtocol
{
    Tcp,
    Udp,
    Sctp,
}

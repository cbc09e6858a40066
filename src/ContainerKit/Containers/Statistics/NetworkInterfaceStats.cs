namespace ContainerKit;

/// <summary>Traffic of a network interface since it was made, proc_net_dev of proc_pid_net(5).</summary>
public sealed record NetworkInterfaceStats
{
    /// <summary>Bytes received.</summary>
    public required ByteSize Received { get; init; }

    /// <summary>Packets received.</summary>
    public required long ReceivedPackets { get; init; }

    /// <summary>Packets received with an error.</summary>
    public long ReceiveErrors { get; init; }

    /// <summary>Packets received and dropped.</summary>
    public long ReceiveDrops { get; init; }

    /// <summary>Bytes sent.</summary>
    public required ByteSize Sent { get; init; }

    /// <summary>Packets sent.</summary>
    public required long SentPackets { get; init; }

    /// <summary>Packets that could not be sent for an error.</summary>
    public long SendErrors { get; init; }

    /// <summary>Packets that were dropped instead of sent.</summary>
    public long SendDrops { get; init; }
}

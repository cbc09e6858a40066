using System.Net;
using System.Net.Sockets;

namespace ContainerKit.Networks.Forwarding;

/// <summary>Who sends datagrams, and the socket through which the container sees him.</summary>
/// <param name="address">Where answers go.</param>
/// <param name="socket">Connected to the container; owned by this object.</param>
internal sealed class DatagramSender(SocketAddress address, Socket socket) : IDisposable
{
    private long _lastUse;
    private volatile bool _isForgotten;

    internal SocketAddress Address { get; } = address;

    internal Socket Socket { get; } = socket;

    internal bool IsForgotten => _isForgotten;

    internal void Touch(TimeProvider time) => Volatile.Write(ref _lastUse, time.GetTimestamp());

    internal bool IsIdle(TimeProvider time, TimeSpan limit) => time.GetElapsedTime(Volatile.Read(ref _lastUse)) >= limit;

    public void Dispose()
    {
        _isForgotten = true;
        Socket.Dispose();
    }
}

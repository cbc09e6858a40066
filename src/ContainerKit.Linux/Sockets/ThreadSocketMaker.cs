using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Sockets;

/// <summary>For root: the calling thread enters the namespace for the moment of the call, setns(2).</summary>
internal sealed class ThreadSocketMaker : ISocketMaker
{
    private readonly NamespaceFd _own = NamespaceFd.Open("/proc/thread-self/ns/net");

    public int Make(NamespaceFd network, int family, int type, int protocol)
    {
        LinuxException.ThrowIfFailed(LibC.setns(network, LibC.CloneNewNet), "setns");
        try
        {
            return LinuxException.ThrowIfFailed(LibC.socket(family, type | LibC.SockCloExec, protocol), "socket");
        }
        finally
        {
            // A namespace lives as long as a thread is in it. The thread is nobody else's, so the next call would set things right.
            LinuxException.ThrowIfFailed(LibC.setns(_own, LibC.CloneNewNet), "setns");
        }
    }

    public void Dispose() => _own.Dispose();
}

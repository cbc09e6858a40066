using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Namespaces;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Linux.Sockets;

/// <summary>For ordinary users: the process of a sandbox, which is root of the user namespace, enters the namespace and hands the socket over.</summary>
internal sealed class SandboxSocketMaker(NamespaceCaller caller, NamespaceFd home) : ISocketMaker
{
    public int Make(NamespaceFd network, int family, int type, int protocol)
    {
        // The process is at home in the sandbox, where most of them are made.
        bool isElsewhere = !ReferenceEquals(network, home);
        if (isElsewhere)
        {
            Enter(network);
        }

        try
        {
            using SafeFileHandle? made = caller.Open("socket", network, [family, type | LibC.SockCloExec, protocol], out Errno error);
            if (made is null)
            {
                throw new LinuxException("socket", error);
            }

            int number = (int)made.DangerousGetHandle();
            made.SetHandleAsInvalid();
            return number;
        }
        finally
        {
            if (isElsewhere)
            {
                Enter(home);
            }
        }
    }

    /// <summary>The process belongs to the sandbox.</summary>
    public void Dispose()
    {
    }

    private void Enter(NamespaceFd network)
    {
        long result = caller.Call("setns", network, null, [NamespaceCaller.First, LibC.CloneNewNet]);
        if (result < 0)
        {
            throw new LinuxException("setns", (Errno)(-result));
        }
    }
}

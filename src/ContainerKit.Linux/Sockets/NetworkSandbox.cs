using System.Buffers.Binary;
using System.Globalization;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Namespaces;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Linux.Sockets;

/// <summary>
/// A network namespace of an ordinary user, owned by a user namespace of his and held by a process that ends with this object or with this
/// process, however that ends. What bridges the networks of his containers is in there, where he may make it.
/// </summary>
public sealed class NetworkSandbox : IDisposable
{
    private readonly NamespaceCaller _caller;

    private NetworkSandbox(NamespaceCaller caller, NamespaceFd network)
    {
        _caller = caller;
        Network = network;
        Sockets = new NamespaceSockets(new SandboxSocketMaker(caller, network));
    }

    /// <summary>The namespace; owned by this object.</summary>
    public NamespaceFd Network { get; }

    /// <summary>Makes sockets of this namespace, and of those of the containers in the same user namespace; owned by this object.</summary>
    public NamespaceSockets Sockets { get; }

    /// <summary>The process that holds the namespaces, for <c>/proc/PID/ns</c>; a child of this process.</summary>
    public int Pid => _caller.Pid;

    /// <summary>Makes a network namespace whose loopback interface is up.</summary>
    /// <param name="userNamespace">What owns it; stays owned by the caller, and has to live longer.</param>
    /// <returns>The sandbox; to be disposed.</returns>
    /// <exception cref="LinuxException">The user may make no more network namespaces (ENOSPC: user.max_net_namespaces).</exception>
    /// <exception cref="IOException">The process could not be started.</exception>
    public static async Task<NetworkSandbox> CreateAsync(UserNamespace userNamespace)
    {
        ArgumentNullException.ThrowIfNull(userNamespace);
        NamespaceCaller caller = await NamespaceCaller.StartAsync(userNamespace).ConfigureAwait(false);
        NamespaceFd? network = null;
        try
        {
            Check(caller.Call("unshare", userNamespace.Handle, null, [LibC.CloneNewNet]), "unshare CLONE_NEWNET");
            network = NamespaceFd.Open(caller.Pid, "net");
            BringUpLoopback(caller, network);
            return new NetworkSandbox(caller, network);
        }
        catch
        {
            network?.Dispose();
            caller.Dispose();
            throw;
        }
    }

    /// <summary>Sets a parameter of the sandbox's network, as in <c>/proc/sys/net</c>.</summary>
    /// <param name="name">Below <c>/proc/sys/net</c>: <c>ipv4/ip_forward</c>.</param>
    /// <param name="value">What is written.</param>
    /// <exception cref="LinuxException">There is no such parameter (ENOENT), or the value is refused (EINVAL).</exception>
    public void SetParameter(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(value);
        const int WriteOnlyCloseOnExec = 0x80001;
        string path = "/proc/sys/net/" + name;
        NamespaceArgument file = NamespaceArgument.Name(System.Text.Encoding.UTF8.GetBytes(path));
        using SafeFileHandle opened = _caller.Open("openat", Network, [LibC.AtFdCwd, file, WriteOnlyCloseOnExec, 0], out Errno error)
            ?? throw new LinuxException("open", error, path);
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(value);
        Check(_caller.Call("write", opened, null, [NamespaceCaller.First, NamespaceArgument.Bytes(bytes), bytes.Length]), string.Create(CultureInfo.InvariantCulture, $"write {path}"));
    }

    /// <summary>Ends the process. The namespace is gone when no socket and no process is in it any more.</summary>
    public void Dispose()
    {
        Sockets.Dispose();
        Network.Dispose();
        _caller.Dispose();
    }

    private static void BringUpLoopback(NamespaceCaller caller, NamespaceFd network)
    {
        const int SetInterfaceFlags = 0x8914;
        Span<byte> request = stackalloc byte[40]; // struct ifreq, netdevice(7)
        request.Clear();
        "lo"u8.CopyTo(request);
        BinaryPrimitives.WriteInt16LittleEndian(request[16..], 1);
        using SafeFileHandle socket = caller.Open("socket", network, [2, LibC.SockDatagram | LibC.SockCloExec, 0], out Errno error)
            ?? throw new LinuxException("socket", error);
        Check(caller.Call("ioctl", socket, null, [NamespaceCaller.First, SetInterfaceFlags, NamespaceArgument.Bytes(request)]), "ioctl SIOCSIFFLAGS lo");
    }

    private static void Check(long result, string call)
    {
        if (result < 0)
        {
            throw new LinuxException(call, (Errno)(-result));
        }
    }
}

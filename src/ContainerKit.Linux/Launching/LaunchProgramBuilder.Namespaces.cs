using System.Buffers.Binary;
using System.Text;
using ContainerKit.Linux.Namespaces;

namespace ContainerKit.Linux.Launching;

/// <content>Namespaces and what belongs to them: host name, session, loopback, terminal.</content>
public sealed partial class LaunchProgramBuilder
{
    private const int O_RDWR_NOCTTY_CLOEXEC = 0x80102;

    /// <summary>Moves the process into existing namespaces, setns(2).</summary>
    /// <param name="descriptor">A pidfd or a descriptor of a namespace.</param>
    /// <param name="kinds">Which namespaces.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation JoinNamespaces(int descriptor, NamespaceKinds kinds) => Call("setns", descriptor, LaunchArgument.Flags(kinds));

    /// <summary>Moves the process into new namespaces, unshare(2).</summary>
    /// <param name="kinds">Which namespaces.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation Unshare(NamespaceKinds kinds) => Call("unshare", LaunchArgument.Flags(kinds));

    /// <summary>sethostname(2).</summary>
    /// <param name="name">64 bytes at most.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation SetHostName(string name) => CallAbout(name, "sethostname", Text(name), Encoding.UTF8.GetByteCount(name));

    /// <summary>setdomainname(2), the NIS domain.</summary>
    /// <param name="name">64 bytes at most.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation SetDomainName(string name) => CallAbout(name, "setdomainname", Text(name), Encoding.UTF8.GetByteCount(name));

    /// <summary>umask(2).</summary>
    /// <param name="mask">Permission bits that new files don't get.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation SetFileModeMask(int mask) => Call("umask", Octal(mask));

    /// <summary>setsid(2): no controlling terminal, a process group of its own.</summary>
    /// <returns>The operation.</returns>
    public LaunchOperation BecomeSessionLeader() => Call("setsid");

    /// <summary>A new, empty session keyring, keyctl(2).</summary>
    /// <returns>The operation.</returns>
    public LaunchOperation JoinNewSessionKeyring() => Call("keyctl", LaunchArgument.Named(1, "KEYCTL_JOIN_SESSION_KEYRING"), 0);

    /// <summary>Brings up <c>lo</c> of the process's network namespace, netdevice(7).</summary>
    public void BringUpLoopback()
    {
        const int SIOCSIFFLAGS = 0x8914;
        const short IFF_UP = 1;
        Span<byte> request = stackalloc byte[40]; // struct ifreq
        request.Clear();
        "lo"u8.CopyTo(request);
        BinaryPrimitives.WriteInt16LittleEndian(request[16..], IFF_UP);
        LaunchOperation socket = Call("socket", LaunchArgument.Named(2, "AF_INET"), LaunchArgument.Named(0x80002, "SOCK_DGRAM|SOCK_CLOEXEC"), 0);
        CallAbout("lo", "ioctl", socket.Result, LaunchArgument.Named(SIOCSIFFLAGS, "SIOCSIFFLAGS"), Bytes(request, "{lo, IFF_UP}"));
        Call("close", socket.Result);
    }

    /// <summary>
    /// Opens a terminal of the process's own devpts, sends its master through a socket to the starter, and makes it the controlling
    /// terminal and the three standard streams; pty(7), ioctl_tty(2). The process must be a session leader.
    /// </summary>
    /// <param name="socket">Number of a connected UNIX socket.</param>
    /// <param name="rows">Height in characters; 0 leaves it unset.</param>
    /// <param name="columns">Width in characters; 0 leaves it unset.</param>
    /// <param name="owner">The user who gets the terminal.</param>
    public void OpenTerminal(int socket, int rows, int columns, uint owner)
    {
        const int TIOCSPTLCK = 0x40045431;
        const int TIOCGPTPEER = 0x5441;
        const int TIOCSCTTY = 0x540E;
        const int TIOCSWINSZ = 0x5414;
        LaunchArgument flags = LaunchArgument.Named(O_RDWR_NOCTTY_CLOEXEC, "O_RDWR|O_NOCTTY|O_CLOEXEC");
        LaunchOperation master = CallAbout("/dev/pts/ptmx", "openat", AtWorkingDirectory, Text("/dev/pts/ptmx"), flags, 0);
        Call("ioctl", master.Result, LaunchArgument.Named(TIOCSPTLCK, "TIOCSPTLCK"), Bytes(stackalloc byte[4], "{0}"));
        LaunchOperation slave = Call("ioctl", master.Result, LaunchArgument.Named(TIOCGPTPEER, "TIOCGPTPEER"), flags);
        if (rows > 0 && columns > 0)
        {
            Span<byte> size = stackalloc byte[8];
            size.Clear();
            BinaryPrimitives.WriteUInt16LittleEndian(size, (ushort)rows);
            BinaryPrimitives.WriteUInt16LittleEndian(size[2..], (ushort)columns);
            Call("ioctl", slave.Result, LaunchArgument.Named(TIOCSWINSZ, "TIOCSWINSZ"), Bytes(size, $"{{{rows}, {columns}}}"));
        }

        Call("fchown", slave.Result, owner, LaunchArgument.Named(-1, "-1"));
        SendDescriptor(socket, master.Result);
        Call("ioctl", slave.Result, LaunchArgument.Named(TIOCSCTTY, "TIOCSCTTY"), 0);
        for (int stream = 0; stream < 3; stream++)
        {
            Duplicate(slave.Result, stream);
        }

        Call("close", slave.Result);
        Call("close", master.Result);
    }

    /// <summary>Sends a descriptor through a UNIX socket with one byte of data: sendmsg(2), unix(7) SCM_RIGHTS.</summary>
    private void SendDescriptor(int socket, LaunchArgument descriptor)
    {
        Span<byte> control = stackalloc byte[24]; // struct cmsghdr and one int
        control.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(control, 20);
        BinaryPrimitives.WriteInt32LittleEndian(control[8..], 1); // SOL_SOCKET
        BinaryPrimitives.WriteInt32LittleEndian(control[12..], 1); // SCM_RIGHTS
        LaunchArgument rights = Bytes(control, "{SCM_RIGHTS}");
        Store32(LaunchArgument.Address(rights.Value + 16, "&rights"), descriptor);

        Span<byte> vector = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(vector, Bytes([1], "{1}").Value);
        BinaryPrimitives.WriteInt64LittleEndian(vector[8..], 1);
        Span<byte> message = stackalloc byte[56]; // struct msghdr
        message.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(message[16..], Place(vector));
        BinaryPrimitives.WriteInt64LittleEndian(message[24..], 1);
        BinaryPrimitives.WriteInt64LittleEndian(message[32..], rights.Value);
        BinaryPrimitives.WriteInt64LittleEndian(message[40..], control.Length);
        Call("sendmsg", socket, Bytes(message, "{1 byte, SCM_RIGHTS}"), 0);
    }
}

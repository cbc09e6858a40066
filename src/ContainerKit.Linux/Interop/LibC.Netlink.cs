using System.Runtime.InteropServices;
using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Interop;

/// <summary>Sockets of netlink(7).</summary>
internal static unsafe partial class LibC
{
    internal const int AfNetlink = 16;
    internal const int SockRawCloExec = 3 | OCloExec;
    internal const int SolNetlink = 270;
    internal const int NetlinkCapAck = 10;
    internal const int NetlinkExtAck = 11;
    internal const int NetlinkGetStrictCheck = 12;
    internal const int SoReceiveBufferForce = 33;
    internal const int SoSendBufferForce = 32;
    internal const int MsgDontWait = 0x40;
    internal const int MsgTrunc = 0x20;

    [LibraryImport(Library, EntryPoint = "socket", SetLastError = true)]
    internal static partial int netlink_socket(int domain, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "bind", SetLastError = true)]
    internal static partial int netlink_bind(FileDescriptor socket, NetlinkAddress* address, uint length);

    [LibraryImport(Library, EntryPoint = "setsockopt", SetLastError = true)]
    internal static partial int netlink_setsockopt(FileDescriptor socket, int level, int option, int* value, uint length);

    [LibraryImport(Library, EntryPoint = "sendto", SetLastError = true)]
    internal static partial nint netlink_sendto(FileDescriptor socket, byte* message, nuint length, int flags, NetlinkAddress* address, uint addressLength);

    [LibraryImport(Library, EntryPoint = "recv", SetLastError = true)]
    internal static partial nint netlink_recv(FileDescriptor socket, byte* buffer, nuint length, int flags);

    /// <summary>struct sockaddr_nl.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct NetlinkAddress
    {
        internal ushort Family;
        internal ushort Padding;
        internal uint PortId;
        internal uint Groups;
    }
}

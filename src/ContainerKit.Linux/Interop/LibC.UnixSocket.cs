using System.Net.Sockets;
using System.Runtime.InteropServices;
using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Interop;

/// <summary>Descriptors over UNIX sockets: unix(7), cmsg(3).</summary>
internal static unsafe partial class LibC
{
    internal const int AfUnix = 1;
    internal const int SockSeqPacket = 5;
    internal const int SockCloExec = OCloExec;
    internal const int SolSocket = 1;
    internal const int ScmRights = 1;
    internal const int MsgCTrunc = 0x8;
    internal const int MsgNoSignal = 0x4000;
    internal const int MsgCmsgCloExec = 0x40000000;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int socketpair(int domain, int type, int protocol, int* descriptors);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint recvmsg(FileDescriptor socket, MsgHdr* message, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint sendmsg(FileDescriptor socket, MsgHdr* message, int flags);

    internal const uint SiocOutQ = 0x5411;

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int ioctl_outq(SafeSocketHandle socket, nuint request, int* size);

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IoVec
    {
        internal void* Base;
        internal nuint Length;
    }

    /// <summary>struct msghdr of a 64-bit little-endian libc (musl's narrower lengths are the low halves of these).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MsgHdr
    {
        internal void* Name;
        internal nuint NameLength;
        internal IoVec* Vectors;
        internal nuint VectorCount;
        internal void* Control;
        internal nuint ControlLength;
        internal int Flags;
    }

    /// <summary>struct cmsghdr followed by one descriptor; the padding to CMSG_SPACE is part of it.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 8)]
    internal struct DescriptorMessage
    {
        /// <summary>CMSG_LEN(sizeof(int)): offered as msg_controllen it leaves room for exactly one descriptor.</summary>
        internal const int Length = 20;

        internal nuint MessageLength;
        internal int Level;
        internal int Type;
        internal int Descriptor;
        internal int Padding;
    }
}

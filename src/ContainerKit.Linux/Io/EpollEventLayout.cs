using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ContainerKit.Linux.Io;

/// <summary>struct epoll_event { u32 events; u64 data; }: packed on x86-64 only (EPOLL_PACKED in linux/eventpoll.h).</summary>
internal static unsafe class EpollEventLayout
{
    /// <summary>The largest size on any architecture.</summary>
    internal const int MaxSize = 16;

    /// <summary>sizeof(struct epoll_event) here.</summary>
    internal static readonly int Size = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : MaxSize;

    private static readonly int s_dataOffset = Size - sizeof(ulong);

    internal static void Write(byte* target, EpollEvents events, ulong data)
    {
        Unsafe.WriteUnaligned(target, (uint)events);
        Unsafe.WriteUnaligned(target + s_dataOffset, data);
    }

    internal static EpollEvents Events(byte* source) => (EpollEvents)Unsafe.ReadUnaligned<uint>(source);

    internal static ulong Data(byte* source) => Unsafe.ReadUnaligned<ulong>(source + s_dataOffset);
}

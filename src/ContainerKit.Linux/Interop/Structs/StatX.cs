using System.Runtime.InteropServices;

namespace ContainerKit.Linux.Interop;

/// <summary>struct statx of statx(2): 256 bytes, the same on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct StatX
{
    internal const uint MaskBasicStats = 0x7ff;
    /// <summary>STATX_MNT_ID (Linux 5.8) and STATX_MNT_ID_UNIQUE (6.8, an id that is never used again).</summary>
    internal const uint MaskMountId = 0x1000 | 0x4000;

    internal const ulong AttributeMountRoot = 0x2000;

    [FieldOffset(0)] internal uint Mask;
    [FieldOffset(8)] internal ulong Attributes;
    [FieldOffset(16)] internal uint LinkCount;
    [FieldOffset(20)] internal uint UserId;
    [FieldOffset(24)] internal uint GroupId;
    [FieldOffset(28)] internal ushort Mode;
    [FieldOffset(32)] internal ulong Inode;
    [FieldOffset(40)] internal ulong Size;
    [FieldOffset(48)] internal ulong Blocks;
    [FieldOffset(96)] internal long ChangedSeconds;
    [FieldOffset(104)] internal uint ChangedNanoseconds;
    [FieldOffset(112)] internal long ModifiedSeconds;
    [FieldOffset(120)] internal uint ModifiedNanoseconds;
    [FieldOffset(128)] internal uint NodeMajor;
    [FieldOffset(132)] internal uint NodeMinor;
    [FieldOffset(136)] internal uint DeviceMajor;
    [FieldOffset(140)] internal uint DeviceMinor;
    [FieldOffset(144)] internal ulong MountId;
}

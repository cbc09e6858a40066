using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Io;
using Xunit;

namespace ContainerKit.Linux.Tests.Io;

/// <summary>Sizes and offsets as a C compiler lays them out on x86-64 and arm64.</summary>
public sealed class StructLayoutTests
{
    [Fact]
    public void Sizes_are_those_of_the_kernel()
    {
        Assert.Equal(128, Unsafe.SizeOf<LibC.SigInfo>());
        Assert.Equal(8, Unsafe.SizeOf<LibC.WinSize>());
        Assert.Equal(16, Unsafe.SizeOf<LibC.IoVec>());
        Assert.Equal(56, Unsafe.SizeOf<LibC.MsgHdr>());
        Assert.Equal(24, Unsafe.SizeOf<LibC.DescriptorMessage>());
        Assert.Equal(RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16, EpollEventLayout.Size);
    }

    [Theory]
    [InlineData(typeof(LibC.MsgHdr), nameof(LibC.MsgHdr.Vectors), 16)]
    [InlineData(typeof(LibC.MsgHdr), nameof(LibC.MsgHdr.Control), 32)]
    [InlineData(typeof(LibC.MsgHdr), nameof(LibC.MsgHdr.Flags), 48)]
    [InlineData(typeof(LibC.DescriptorMessage), nameof(LibC.DescriptorMessage.Level), 8)]
    [InlineData(typeof(LibC.DescriptorMessage), nameof(LibC.DescriptorMessage.Descriptor), 16)]
    [InlineData(typeof(LibC.SigInfo), nameof(LibC.SigInfo.Status), 24)]
    public void Fields_are_where_the_kernel_expects_them(Type type, string field, int offset)
        => Assert.Equal(offset, (int)Marshal.OffsetOf(type, field));
}

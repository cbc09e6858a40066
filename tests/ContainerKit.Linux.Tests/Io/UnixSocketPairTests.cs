using System.IO.Pipelines;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Io;
using Xunit;

namespace ContainerKit.Linux.Tests.Io;

public sealed class UnixSocketPairTests
{
    private const int FGetFd = 1;
    private const int FdCloExec = 1;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_descriptor_travels_and_is_close_on_exec()
    {
        using UnixSocketPair sockets = UnixSocketPair.Create();
        using PipeEnds pipe = PipeEnds.Create();
        Task<FileDescriptor> receiving = sockets.ReceiveDescriptorAsync(Cancelled);
        Assert.False(receiving.IsCompleted);
        UnixSocketPair.SendDescriptor(sockets.Remote, pipe.Write);
        pipe.Write.Dispose();

        FileDescriptor received = await receiving;
        Assert.Equal(FdCloExec, LibC.fcntl(received, FGetFd, 0));
        FdPipeReaderTests.Write(received, "x");
        received.Dispose();
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        Assert.Equal("x", await reader.ReadToEndAsync());
        await reader.CompleteAsync();
    }

    [Fact]
    public async Task The_end_of_the_sender_is_noticed_and_what_it_sent_before_is_received()
    {
        using UnixSocketPair sockets = UnixSocketPair.Create();
        using PipeEnds pipe = PipeEnds.Create();
        UnixSocketPair.SendDescriptor(sockets.Remote, pipe.Read);
        sockets.Remote.Dispose();
        (await sockets.ReceiveDescriptorAsync(Cancelled)).Dispose();
        await Assert.ThrowsAsync<EndOfStreamException>(() => sockets.ReceiveDescriptorAsync(Cancelled));
    }

    [Fact]
    public async Task A_message_without_a_descriptor_is_an_error()
    {
        using UnixSocketPair sockets = UnixSocketPair.Create();
        FdPipeReaderTests.Write(sockets.Remote, "x");
        LinuxException exception = await Assert.ThrowsAsync<LinuxException>(() => sockets.ReceiveDescriptorAsync(Cancelled));
        Assert.Equal(Errno.EPROTO, exception.Errno);
    }

    [Fact]
    public async Task A_message_with_several_descriptors_is_an_error_and_leaves_none_open()
    {
        using UnixSocketPair sockets = UnixSocketPair.Create();
        using PipeEnds pipe = PipeEnds.Create();
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        SendTwice(sockets.Remote, pipe.Write);
        pipe.Write.Dispose();
        LinuxException exception = await Assert.ThrowsAsync<LinuxException>(() => sockets.ReceiveDescriptorAsync(Cancelled));
        Assert.Equal(Errno.EPROTO, exception.Errno);
        Assert.Equal("", await reader.ReadToEndAsync());
        await reader.CompleteAsync();
    }

    [Fact]
    public async Task Waiting_can_be_cancelled_and_ends_with_the_pair()
    {
        UnixSocketPair sockets = UnixSocketPair.Create();
        using var source = new CancellationTokenSource();
        Task<FileDescriptor> receiving = sockets.ReceiveDescriptorAsync(source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving);
        receiving = sockets.ReceiveDescriptorAsync(Cancelled);
        sockets.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => receiving);
    }

    private static unsafe void SendTwice(FileDescriptor socket, FileDescriptor descriptor)
    {
        int number = (int)descriptor.DangerousGetHandle();
        var control = new LibC.DescriptorMessage
        {
            MessageLength = (nuint)sizeof(LibC.DescriptorMessage),
            Level = LibC.SolSocket,
            Type = LibC.ScmRights,
            Descriptor = number,
            Padding = number,
        };
        byte data = 0;
        var vector = new LibC.IoVec { Base = &data, Length = 1 };
        var message = new LibC.MsgHdr
        {
            Vectors = &vector,
            VectorCount = 1,
            Control = &control,
            ControlLength = (nuint)sizeof(LibC.DescriptorMessage),
        };
        Assert.Equal(1, LibC.sendmsg(socket, &message, 0));
    }
}

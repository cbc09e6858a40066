using System.Net.Sockets;
using ContainerKit.Linux.Sockets;
using Xunit;

namespace ContainerKit.Linux.Tests.Sockets;

public sealed class UnixSocketQueueTests
{
    [Fact]
    public async Task Queue_is_empty_when_everything_was_read_and_not_before()
    {
        (Socket one, Socket other) = await ConnectAsync();
        using (one)
        using (other)
        {
            Assert.True(UnixSocketQueue.IsEmpty(one));
            one.Send(new byte[100]);
            Assert.False(UnixSocketQueue.IsEmpty(one));
            Assert.Equal(99, other.Receive(new byte[99]));
            Assert.False(UnixSocketQueue.IsEmpty(one));
            Assert.Equal(1, other.Receive(new byte[99]));
            Assert.True(UnixSocketQueue.IsEmpty(one));
        }
    }

    [Fact]
    public async Task Queue_is_empty_when_the_peer_is_gone()
    {
        (Socket one, Socket other) = await ConnectAsync();
        using (one)
        {
            one.Send(new byte[100]);
            other.Dispose();

            // A process that is just being started beside has a copy of it until it executes its program.
            using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            bound.CancelAfter(TimeSpan.FromMinutes(1));
            while (!UnixSocketQueue.IsEmpty(one))
                await Task.Delay(1, bound.Token);
        }
    }

    [Fact]
    public void Socket_of_another_family_is_refused()
    {
        using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Throws<ArgumentException>(() => UnixSocketQueue.IsEmpty(tcp));
    }

    [Fact]
    public async Task Disposed_socket_is_refused()
    {
        (Socket one, Socket other) = await ConnectAsync();
        one.Dispose();
        other.Dispose();
        Assert.Throws<ObjectDisposedException>(() => UnixSocketQueue.IsEmpty(one));
    }

    private static async Task<(Socket One, Socket Other)> ConnectAsync()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var address = new UnixDomainSocketEndPoint($"\0ck-queue-{Guid.NewGuid():N}");
        listener.Bind(address);
        listener.Listen();
        var one = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await one.ConnectAsync(address, TestContext.Current.CancellationToken);
        return (one, await listener.AcceptAsync(TestContext.Current.CancellationToken));
    }
}

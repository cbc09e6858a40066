using System.Net;
using System.Net.Sockets;
using ContainerKit.Linux.Sockets;
using Xunit;

namespace ContainerKit.Linux.Tests.Sockets;

public sealed class SocketSpliceTests : IDisposable
{
    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public SocketSpliceTests() => _limit.CancelAfter(TimeSpan.FromMinutes(1));

    public void Dispose() => _limit.Dispose();

    [Fact]
    public async Task A_stream_arrives_whole_and_in_order()
    {
        (Socket sender, Socket from) = await ConnectAsync();
        (Socket to, Socket receiver) = await ConnectAsync();
        using SocketSplice splice = SocketSplice.Create(from, to);
        byte[] sent = new byte[20_000_000];
        Random.Shared.NextBytes(sent);
        Task pumping = splice.PumpAsync(_limit.Token);
        Task sending = Task.Run(
            async () =>
            {
                using NetworkStream stream = new(sender);
                await stream.WriteAsync(sent, _limit.Token);
                sender.Shutdown(SocketShutdown.Send);
            },
            _limit.Token);
        byte[] received = new byte[sent.Length];
        using NetworkStream incoming = new(receiver);
        await incoming.ReadExactlyAsync(received, _limit.Token);
        await Task.WhenAll(pumping, sending);
        Assert.True(sent.AsSpan().SequenceEqual(received));
        to.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await receiver.ReceiveAsync(new byte[1], _limit.Token));
        Close(sender, from, to, receiver);
    }

    [Fact]
    public async Task A_connection_that_broke_is_an_error()
    {
        (Socket sender, Socket from) = await ConnectAsync();
        (Socket to, Socket receiver) = await ConnectAsync();
        using SocketSplice splice = SocketSplice.Create(from, to);
        Task pumping = splice.PumpAsync(_limit.Token);
        sender.LingerState = new LingerOption(true, 0);
        sender.Dispose();
        LinuxException broken = await Assert.ThrowsAsync<LinuxException>(() => pumping);
        Assert.Equal(Errno.ECONNRESET, broken.Errno);
        Close(from, to, receiver);
    }

    [Fact]
    public async Task It_can_be_given_up()
    {
        (Socket sender, Socket from) = await ConnectAsync();
        (Socket to, Socket receiver) = await ConnectAsync();
        using SocketSplice splice = SocketSplice.Create(from, to);
        using CancellationTokenSource stop = new();
        Task pumping = splice.PumpAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pumping.WaitAsync(_limit.Token));
        Close(sender, from, to, receiver);
    }

    private static void Close(params Socket[] sockets) => Array.ForEach(sockets, s => s.Dispose());

    private async Task<(Socket Client, Socket Server)> ConnectAsync()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!, _limit.Token);
        return (client, await listener.AcceptAsync(_limit.Token));
    }
}

using System.Net;
using System.Net.Sockets;
using ContainerKit.Linux.Sockets;
using Xunit;

namespace ContainerKit.Linux.Tests.Sockets;

public sealed class SocketRelayTests : IDisposable
{
    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly List<Socket> _sockets = [];

    public SocketRelayTests() => _limit.CancelAfter(TimeSpan.FromMinutes(3));

    public void Dispose()
    {
        _sockets.ForEach(socket => socket.Dispose());
        _limit.Dispose();
    }

    /// <summary>In pieces of one size: small ones go through the buffer, large ones through a pipe, and from one to the other.</summary>
    [Theory]
    [InlineData(1000, 5_000)]
    [InlineData(1 << 20, 40)]
    [InlineData(0, 400)]
    public async Task A_stream_arrives_whole_and_in_order_in_both_directions_at_once(int piece, int count)
    {
        (Socket client, Socket server, Task relaying) = await RelayAsync(_limit.Token);
        await Task.WhenAll(SendAsync(client, 1, piece, count), SendAsync(server, 2, piece, count), ReceiveAsync(server, 1, piece, count), ReceiveAsync(client, 2, piece, count));
        await relaying.WaitAsync(_limit.Token);
    }

    [Fact]
    public async Task A_side_that_has_ended_still_gets_its_answer()
    {
        (Socket client, Socket server, Task relaying) = await RelayAsync(_limit.Token);
        await client.SendAsync("question"u8.ToArray(), _limit.Token);
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal("question"u8.ToArray(), await ReadToEndAsync(server));
        Assert.False(relaying.IsCompleted);
        await server.SendAsync("answer"u8.ToArray(), _limit.Token);
        server.Shutdown(SocketShutdown.Send);
        Assert.Equal("answer"u8.ToArray(), await ReadToEndAsync(client));
        await relaying.WaitAsync(_limit.Token);
    }

    [Fact]
    public async Task What_follows_urgent_data_arrives_too()
    {
        (Socket client, Socket server, Task relaying) = await RelayAsync(_limit.Token);
        for (int i = 0; i < 200; i++)
        {
            await client.SendAsync("before"u8.ToArray(), _limit.Token);
            await client.SendAsync("!"u8.ToArray(), SocketFlags.OutOfBand, _limit.Token);
            await client.SendAsync("after"u8.ToArray(), _limit.Token);
            byte[] received = new byte["beforeafter".Length];
            for (int done = 0; done < received.Length;)
            {
                int count = await server.ReceiveAsync(received.AsMemory(done), _limit.Token);
                Assert.NotEqual(0, count);
                done += count;
            }

            Assert.Equal("beforeafter"u8.ToArray(), received);
        }

        client.Shutdown(SocketShutdown.Send);
        server.Shutdown(SocketShutdown.Send);
        await relaying.WaitAsync(_limit.Token);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_broke_is_an_error(bool isFirst)
    {
        (Socket client, Socket server, Task relaying) = await RelayAsync(_limit.Token);
        Socket broken = isFirst ? client : server;
        broken.LingerState = new LingerOption(true, 0);
        broken.Dispose();
        LinuxException error = await Assert.ThrowsAsync<LinuxException>(() => relaying.WaitAsync(_limit.Token));
        Assert.Equal(Errno.ECONNRESET, error.Errno);
    }

    [Fact]
    public async Task A_connection_that_broke_is_noticed_while_the_other_side_does_not_read()
    {
        (Socket client, _, Task relaying) = await RelayAsync(_limit.Token);
        await FillAsync(client);
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
        await Assert.ThrowsAsync<LinuxException>(() => relaying.WaitAsync(_limit.Token));
    }

    [Fact]
    public async Task It_can_be_given_up()
    {
        using CancellationTokenSource stop = new();
        (Socket client, _, Task relaying) = await RelayAsync(stop.Token);
        await FillAsync(client);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => relaying.WaitAsync(_limit.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SocketRelay.RunAsync(client, client, stop.Token));
    }

    [Fact]
    public async Task One_stream_does_not_keep_the_others_waiting()
    {
        (Socket busy, Socket sink, Task bulk) = await RelayAsync(_limit.Token);
        (Socket client, Socket server, Task talk) = await RelayAsync(_limit.Token);
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token);
        Task sending = Task.Run(
            async () =>
            {
                byte[] block = new byte[1 << 20];
                while (!enough.IsCancellationRequested)
                {
                    await busy.SendAsync(block, _limit.Token);
                }

                busy.Shutdown(SocketShutdown.Send);
            },
            _limit.Token);
        Task draining = Task.Run(() => ReadToEndAsync(sink, keeps: false), _limit.Token);
        byte[] message = new byte[10];
        for (int i = 0; i < 200; i++)
        {
            await client.SendAsync(message, _limit.Token);
            Assert.Equal(10, await server.ReceiveAsync(message, _limit.Token));
        }

        await enough.CancelAsync();
        sink.Shutdown(SocketShutdown.Send);
        client.Shutdown(SocketShutdown.Send);
        server.Shutdown(SocketShutdown.Send);
        await Task.WhenAll(sending, draining, bulk, talk).WaitAsync(_limit.Token);
    }

    [Fact]
    public async Task Where_nobody_listens_connecting_is_refused()
    {
        using Socket unused = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        unused.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        SocketException refused = await Assert.ThrowsAsync<SocketException>(async () => await SocketConnector.ConnectAsync(socket, unused.LocalEndPoint!, _limit.Token));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    private static byte[] Piece(Random random, int size)
    {
        byte[] piece = new byte[size > 0 ? size : random.Next(1, 200_000)];
        random.NextBytes(piece);
        return piece;
    }

    private static async Task FillAsync(Socket socket)
    {
        // Until nothing more goes: what is not read fills both connections and the pipe between them.
        socket.Blocking = false;
        byte[] block = new byte[1 << 18];
        for (int stuck = 0; stuck < 20;)
        {
            stuck = socket.Send(block, SocketFlags.None, out _) > 0 ? 0 : stuck + 1;
            await Task.Delay(stuck > 0 ? 10 : 0, TestContext.Current.CancellationToken);
        }
    }

    private async Task SendAsync(Socket socket, int seed, int piece, int count)
    {
        Random random = new(seed);
        for (int i = 0; i < count; i++)
        {
            ReadOnlyMemory<byte> rest = Piece(random, piece);
            while (!rest.IsEmpty)
            {
                rest = rest[await socket.SendAsync(rest, _limit.Token)..];
            }
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    private async Task ReceiveAsync(Socket socket, int seed, int piece, int count)
    {
        Random random = new(seed);
        for (int i = 0; i < count; i++)
        {
            byte[] expected = Piece(random, piece);
            byte[] received = new byte[expected.Length];
            for (int done = 0; done < received.Length;)
            {
                int read = await socket.ReceiveAsync(received.AsMemory(done), _limit.Token);
                Assert.NotEqual(0, read);
                done += read;
            }

            Assert.True(expected.AsSpan().SequenceEqual(received), $"piece {i}");
        }

        Assert.Equal(0, await socket.ReceiveAsync(new byte[1], _limit.Token));
    }

    private async Task<byte[]> ReadToEndAsync(Socket socket, bool keeps = true)
    {
        using MemoryStream all = new();
        byte[] block = new byte[1 << 16];
        for (int count; (count = await socket.ReceiveAsync(block, _limit.Token)) > 0;)
        {
            if (keeps)
            {
                all.Write(block, 0, count);
            }
        }

        return all.ToArray();
    }

    /// <summary>A client and a server with a relay between them.</summary>
    private async Task<(Socket Client, Socket Server, Task Relaying)> RelayAsync(CancellationToken cancellationToken)
    {
        (Socket client, Socket from) = await ConnectAsync();
        (Socket to, Socket server) = await ConnectAsync();
        return (client, server, SocketRelay.RunAsync(from, to, cancellationToken));
    }

    private async Task<(Socket Client, Socket Server)> ConnectAsync()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await SocketConnector.ConnectAsync(client, listener.LocalEndPoint!, _limit.Token);
        Socket server = await listener.AcceptAsync(_limit.Token);
        _sockets.AddRange([client, server]);
        return (client, server);
    }
}

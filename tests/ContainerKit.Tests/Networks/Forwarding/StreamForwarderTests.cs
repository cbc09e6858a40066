using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using ContainerKit.Networks.Forwarding;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ContainerKit.Tests.Networks.Forwarding;

public sealed class StreamForwarderTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly Socket _target = Listen(IPAddress.Loopback);
    private StreamForwarder? _forwarder;
    private IPEndPoint _address = new(IPAddress.Loopback, 0);

    public ValueTask InitializeAsync()
    {
        _limit.CancelAfter(TimeSpan.FromMinutes(3));
        Start(IPAddress.Loopback, (IPEndPoint)_target.LocalEndPoint!);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_forwarder is not null)
        {
            await _forwarder.DisposeAsync();
        }

        _target.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task What_is_sent_arrives_byte_for_byte_in_both_directions_at_once()
    {
        const int Length = 32 << 20;
        (Socket client, Socket server) = await ConnectAsync();
        using (client)
        using (server)
        {
            byte[][] hashes = await Task.WhenAll(SendAsync(client, 1, Length), SendAsync(server, 2, Length), ReceiveAsync(client), ReceiveAsync(server));
            Assert.Equal(hashes[0], hashes[3]);
            Assert.Equal(hashes[1], hashes[2]);
        }
    }

    [Fact]
    public async Task A_side_that_has_ended_still_gets_the_answer()
    {
        (Socket client, Socket server) = await ConnectAsync();
        using (client)
        using (server)
        {
            await client.SendAsync("question"u8.ToArray(), _limit.Token);
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(8, await CountAsync(server));
            await server.SendAsync("a long answer"u8.ToArray(), _limit.Token);
            server.Shutdown(SocketShutdown.Send);
            Assert.Equal(13, await CountAsync(client));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reset_arrives_as_a_reset(bool byClient)
    {
        (Socket client, Socket server) = await ConnectAsync();
        (Socket first, Socket second) = byClient ? (client, server) : (server, client);
        await first.SendAsync(new byte[10], _limit.Token);
        Assert.Equal(10, await second.ReceiveAsync(new byte[100], _limit.Token));
        StreamPair.Reset(first);
        SocketException reset = await Assert.ThrowsAsync<SocketException>(() => second.ReceiveAsync(new byte[1], _limit.Token).AsTask());
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        second.Dispose();
    }

    [Fact]
    public async Task Where_nobody_listens_the_client_is_reset()
    {
        using Socket unused = Listen(IPAddress.Loopback);
        IPEndPoint nobody = (IPEndPoint)unused.LocalEndPoint!;
        unused.Dispose();
        await _forwarder!.DisposeAsync();
        Start(IPAddress.Loopback, nobody);
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        SocketException reset = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            // The reset may be faster than the wait for the connection.
            await client.ConnectAsync(_address, _limit.Token);
            await client.ReceiveAsync(new byte[1], _limit.Token);
        });
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }

    [Fact]
    public async Task Who_does_not_read_stops_the_other_side()
    {
        (Socket client, Socket server) = await ConnectAsync();
        using (client)
        using (server)
        {
            client.Blocking = false;
            byte[] block = new byte[1 << 16];
            long sent = 0;
            for (int stuck = 0; stuck < 40 && sent < 256 << 20;)
            {
                int count = client.Send(block, SocketFlags.None, out SocketError error);
                Assert.True(error is SocketError.Success or SocketError.WouldBlock, error.ToString());
                sent += count;
                stuck = count > 0 ? 0 : stuck + 1;
                if (count == 0)
                {
                    await Task.Delay(25, _limit.Token);
                }
            }

            Assert.InRange(sent, 1, (256 << 20) - 1);
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(sent, await CountAsync(server));
        }
    }

    [Fact]
    public async Task Of_ten_thousand_short_connections_none_is_lost()
    {
        const int Count = 10_000;
        Task serving = ServeAsync(Count);
        int next = 0;
        int answered = 0;
        await Task.WhenAll(Enumerable.Range(0, 64).Select(async _ =>
        {
            byte[] buffer = new byte[16];
            while (Interlocked.Increment(ref next) <= Count)
            {
                using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await client.ConnectAsync(_address, _limit.Token);
                await client.SendAsync("ping"u8.ToArray(), _limit.Token);
                int count = await client.ReceiveAsync(buffer, _limit.Token);
                Assert.Equal("ping"u8, buffer.AsSpan(0, count));

                // Without a port that has to rest for a minute: there are some 28,000 on a machine.
                client.LingerState = new LingerOption(true, 0);
                Interlocked.Increment(ref answered);
            }
        }));
        await serving;
        Assert.Equal(Count, answered);
    }

    [Fact]
    public async Task Its_end_closes_the_port_and_the_connections()
    {
        (Socket client, Socket server) = await ConnectAsync();
        await client.SendAsync(new byte[1], _limit.Token);
        Assert.Equal(1, await server.ReceiveAsync(new byte[1], _limit.Token));
        await _forwarder!.DisposeAsync().AsTask().WaitAsync(_limit.Token);
        await Assert.ThrowsAsync<SocketException>(() => client.ReceiveAsync(new byte[1], _limit.Token).AsTask());
        await Assert.ThrowsAsync<SocketException>(() => server.ReceiveAsync(new byte[1], _limit.Token).AsTask());
        using Socket late = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await Assert.ThrowsAsync<SocketException>(() => late.ConnectAsync(_address, _limit.Token).AsTask());
    }

    [Fact]
    public async Task From_IPv6_to_IPv4()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6 && File.Exists("/proc/net/if_inet6"), "missing capability: IPv6");
        await _forwarder!.DisposeAsync();
        Start(IPAddress.IPv6Loopback, (IPEndPoint)_target.LocalEndPoint!);
        (Socket client, Socket server) = await ConnectAsync();
        await client.SendAsync(new byte[10], _limit.Token);
        Assert.Equal(10, await server.ReceiveAsync(new byte[100], _limit.Token));
        client.Dispose();
        server.Dispose();
    }

    private static Socket Listen(IPAddress address)
    {
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, 0));
        socket.Listen(4096);
        return socket;
    }

    private void Start(IPAddress address, IPEndPoint target)
    {
        HostPort port = HostPort.Take(TransportProtocol.Tcp, new IPEndPoint(address, 0), "a test");
        _address = port.EndPoint;
        _forwarder = StreamForwarder.Start(TransportProtocol.Tcp, port.TakeSocket(), target, new HostDialer(), TimeProvider.System, NullLogger.Instance);
        port.Dispose();
    }

    private async Task<(Socket Client, Socket Server)> ConnectAsync()
    {
        Socket client = new(_address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(_address, _limit.Token);
        return (client, await _target.AcceptAsync(_limit.Token));
    }

    private async Task ServeAsync(int count)
    {
        List<Task> connections = [];
        for (int i = 0; i < count; i++)
        {
            Socket server = await _target.AcceptAsync(_limit.Token);
            connections.Add(EchoAsync(server));
        }

        await Task.WhenAll(connections);
    }

    private async Task EchoAsync(Socket server)
    {
        using (server)
        {
            byte[] buffer = new byte[16];
            try
            {
                for (int count; (count = await server.ReceiveAsync(buffer, _limit.Token)) > 0;)
                {
                    await server.SendAsync(buffer.AsMemory(0, count), _limit.Token);
                }
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
            {
                // As the client ended it.
            }
        }
    }

    private async Task<byte[]> SendAsync(Socket socket, int seed, int length)
    {
        Random random = new(seed);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[100_000];
        for (int sent = 0; sent < length;)
        {
            Memory<byte> part = block.AsMemory(0, Math.Min(random.Next(1, block.Length), length - sent));
            random.NextBytes(part.Span);
            hash.AppendData(part.Span);
            for (int done = 0; done < part.Length;)
            {
                done += await socket.SendAsync(part[done..], _limit.Token);
            }

            sent += part.Length;
        }

        socket.Shutdown(SocketShutdown.Send);
        return hash.GetHashAndReset();
    }

    private async Task<byte[]> ReceiveAsync(Socket socket)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[100_000];
        for (int count; (count = await socket.ReceiveAsync(block, _limit.Token)) > 0;)
        {
            hash.AppendData(block.AsSpan(0, count));
        }

        return hash.GetHashAndReset();
    }

    private async Task<long> CountAsync(Socket socket)
    {
        byte[] block = new byte[100_000];
        long total = 0;
        for (int count; (count = await socket.ReceiveAsync(block, _limit.Token)) > 0;)
        {
            total += count;
        }

        return total;
    }
}

using System.Net;
using System.Net.Sockets;
using ContainerKit.Networks.Forwarding;
using ContainerKit.Tests.Operations;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ContainerKit.Tests.Networks.Forwarding;

public sealed class DatagramForwarderTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly ManualTime _time = new();
    private readonly Socket _target = Bind();
    private DatagramForwarder? _forwarder;
    private IPEndPoint _address = new(IPAddress.Loopback, 0);

    public ValueTask InitializeAsync()
    {
        _limit.CancelAfter(TimeSpan.FromMinutes(2));
        HostPort port = HostPort.Take(TransportProtocol.Udp, new IPEndPoint(IPAddress.Loopback, 0), "a test");
        _address = port.EndPoint;
        _forwarder = DatagramForwarder.Start(port.TakeSocket(), (IPEndPoint)_target.LocalEndPoint!, new HostDialer(), _time, NullLogger.Instance);
        port.Dispose();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _forwarder!.DisposeAsync();
        _target.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task Answers_find_the_sender_they_are_for()
    {
        using Socket first = Bind();
        using Socket second = Bind();
        Task echo = EchoAsync(4);
        foreach (Socket client in (Socket[])[first, second, first, second])
        {
            byte[] text = BitConverter.GetBytes(((IPEndPoint)client.LocalEndPoint!).Port);
            await client.SendToAsync(text, _address, _limit.Token);
            byte[] buffer = new byte[100];
            SocketReceiveFromResult answer = await client.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _limit.Token);
            Assert.Equal(text, buffer[..answer.ReceivedBytes]);
            Assert.Equal(_address, answer.RemoteEndPoint);
        }

        await echo;
        Assert.Equal(2, _forwarder!.SenderCount);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(60_000)]
    public async Task Datagrams_stay_whole(int length)
    {
        using Socket client = Bind();
        Task echo = EchoAsync(1);
        byte[] sent = new byte[length];
        Random.Shared.NextBytes(sent);
        await client.SendToAsync(sent, _address, _limit.Token);
        byte[] buffer = new byte[65535];
        SocketReceiveFromResult answer = await client.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _limit.Token);
        Assert.Equal(sent, buffer[..answer.ReceivedBytes]);
        await echo;
    }

    [Fact]
    public async Task A_silent_sender_is_forgotten_and_may_come_again()
    {
        using Socket client = Bind();
        Task echo = EchoAsync(2);
        byte[] buffer = new byte[100];
        await client.SendToAsync(new byte[] { 1 }, _address, _limit.Token);
        await client.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _limit.Token);
        Assert.Equal(1, _forwarder!.SenderCount);
        _time.Advance(DatagramForwarder.IdleEnd * 2);
        while (_forwarder.SenderCount > 0)
        {
            await Task.Delay(5, _limit.Token);
        }

        await client.SendToAsync(new byte[] { 2 }, _address, _limit.Token);
        await client.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _limit.Token);
        Assert.Equal(2, buffer[0]);
        await echo;
    }

    [Fact]
    public async Task Nobody_who_listens_yet_is_no_end()
    {
        IPEndPoint target = (IPEndPoint)_target.LocalEndPoint!;
        _target.Dispose();
        using Socket client = Bind();
        for (int i = 0; i < 5; i++)
        {
            await client.SendToAsync(new byte[] { 1 }, _address, _limit.Token);
        }

        using Socket late = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        late.Bind(target);
        byte[] buffer = new byte[100];
        Task<SocketReceiveFromResult> receiving = late.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _limit.Token).AsTask();
        while (!receiving.IsCompleted)
        {
            await client.SendToAsync(new byte[] { 1 }, _address, _limit.Token);
            await Task.WhenAny(receiving, Task.Delay(20, _limit.Token));
            _limit.Token.ThrowIfCancellationRequested();
        }

        Assert.Equal(1, (await receiving).ReceivedBytes);
    }

    private static Socket Bind()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private async Task EchoAsync(int count)
    {
        byte[] buffer = new byte[65535];
        for (int i = 0; i < count; i++)
        {
            SocketReceiveFromResult came = await _target.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _limit.Token);
            await _target.SendToAsync(buffer.AsMemory(0, came.ReceivedBytes), came.RemoteEndPoint, _limit.Token);
        }
    }
}

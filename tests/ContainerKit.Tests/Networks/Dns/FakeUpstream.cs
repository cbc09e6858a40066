using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ContainerKit.Networks.Dns;

namespace ContainerKit.Tests.Networks.Dns;

/// <summary>A server that answers as a test says, by UDP and TCP on one port of the loopback interface.</summary>
internal sealed class FakeUpstream : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _datagrams = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<byte[], bool, IEnumerable<byte[]>> _answer;
    private readonly Task _serving;
    private int _questions;

    private FakeUpstream(Func<byte[], bool, IEnumerable<byte[]>> answer)
    {
        _answer = answer;
        NameServerSockets.Bind(_datagrams, _listener, new IPEndPoint(IPAddress.Loopback, 0));
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _serving = Task.WhenAll(ServeDatagramsAsync(), ServeConnectionsAsync());
    }

    public IPEndPoint EndPoint { get; }

    public int Questions => Volatile.Read(ref _questions);

    /// <summary>Answers each question by the messages that a function makes of it; its second argument is true for UDP.</summary>
    public static FakeUpstream Start(Func<byte[], bool, IEnumerable<byte[]>> answer) => new(answer);

    /// <summary>Answers with one address.</summary>
    public static FakeUpstream Start(string address) => new((query, _) => [Answer(query, address)]);

    public static byte[] Answer(byte[] query, string address)
    {
        byte[] answer = [.. query, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, .. IPAddress.Parse(address).GetAddressBytes()];
        (answer[2], answer[3], answer[7]) = (0x81, 0x80, 1);
        return answer;
    }

    public static byte[] Fail(byte[] query, int code)
    {
        byte[] answer = [.. query];
        (answer[2], answer[3]) = (0x81, (byte)(0x80 | code));
        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _datagrams.Dispose();
        _listener.Dispose();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeDatagramsAsync()
    {
        byte[] buffer = new byte[65535];
        try
        {
            while (true)
            {
                SocketReceiveFromResult came = await _datagrams.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
                Interlocked.Increment(ref _questions);
                foreach (byte[] answer in _answer(buffer[..came.ReceivedBytes], true))
                {
                    await _datagrams.SendToAsync(answer, came.RemoteEndPoint, _stop.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
        }
    }

    private async Task ServeConnectionsAsync()
    {
        try
        {
            while (true)
            {
                using NetworkStream stream = new(await _listener.AcceptAsync(_stop.Token), ownsSocket: true);
                Interlocked.Increment(ref _questions);
                byte[] length = new byte[2];
                await stream.ReadExactlyAsync(length, _stop.Token);
                byte[] query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(query, _stop.Token);
                foreach (byte[] answer in _answer(query, false))
                {
                    BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)answer.Length);
                    await stream.WriteAsync((byte[])[.. length, .. answer], _stop.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException or IOException)
        {
        }
    }
}

using System.Net;
using System.Net.Sockets;

namespace ContainerKit.TestSupport.Registry;

/// <summary>What a <see cref="FaultProxy"/> does to the answers on one connection; counted in bytes that the server sent on it.</summary>
public sealed record ConnectionFault(long? CutAfter = null, long? CorruptAt = null, long? StallAfter = null, long? CutRequestAfter = null);

/// <summary>Forwards connections to a server, and breaks them as a test wants it.</summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly int _target;
    private readonly Func<int, ConnectionFault?> _plan;
    private readonly Task _accepting;
    private readonly List<Task> _connections = [];

    /// <summary>Starts forwarding to a port of 127.0.0.1.</summary>
    /// <param name="target">The port.</param>
    /// <param name="plan">What to do to each connection, by its number from 0; null: nothing.</param>
    public FaultProxy(int target, Func<int, ConnectionFault?> plan)
    {
        _target = target;
        _plan = plan;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Name => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>How many connections there were.</summary>
    public int Connections { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_ending.Token);
                _connections.Add(ForwardAsync(client, _plan(Connections++) ?? new ConnectionFault()));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end of the test.
        }
    }

    private async Task ForwardAsync(TcpClient client, ConnectionFault fault)
    {
        using TcpClient left = client;
        using var right = new TcpClient { NoDelay = true };
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
        try
        {
            left.NoDelay = true;
            await right.ConnectAsync(IPAddress.Loopback, _target, ending.Token);
            Task up = CopyAsync(left, right, new ConnectionFault(CutAfter: fault.CutRequestAfter), ending.Token);
            Task down = CopyAsync(right, left, fault with { CutRequestAfter = null }, ending.Token);
            await Task.WhenAny(up, down);
            if (fault is not { CutAfter: null, CutRequestAfter: null })
            {
                // As after a crash: reset rather than closed in order.
                left.Client.LingerState = new LingerOption(true, 0);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
        {
            // Either side has gone.
        }
        finally
        {
            await ending.CancelAsync();
        }
    }

    private static async Task CopyAsync(TcpClient from, TcpClient to, ConnectionFault fault, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            for (long position = 0; ;)
            {
                int read = await from.GetStream().ReadAsync(buffer, cancellationToken);
                if (read == 0)
                {
                    return;
                }
                if (fault.CorruptAt is { } corrupt && corrupt >= position && corrupt < position + read)
                {
                    buffer[corrupt - position] ^= 0x20;
                }
                if (fault.StallAfter <= position)
                {
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                }
                int allowed = (int)Math.Min(read, (fault.CutAfter ?? long.MaxValue) - position);
                await to.GetStream().WriteAsync(buffer.AsMemory(0, allowed), cancellationToken);
                position += read;
                if (position > fault.CutAfter)
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Either side has gone.
        }
    }
}

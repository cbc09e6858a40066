using System.Net;
using System.Net.Sockets;

namespace ContainerKit.TestSupport.Registry;

/// <summary>Takes connections and resets them at once.</summary>
public sealed class ResettingServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _accepting;
    private volatile int _connections;

    /// <summary>Starts one at a free port of 127.0.0.1.</summary>
    public ResettingServer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    public string Name => $"127.0.0.1:{Port}";

    /// <summary>How many connections there were.</summary>
    public int Connections => _connections;

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                using Socket client = await _listener.AcceptAsync(_ending.Token);
                client.LingerState = new LingerOption(true, 0);
                _connections++;
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the test.
        }
    }
}

using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;

namespace ContainerKit.DockerApi.Streams;

/// <summary>A websocket on a connection that was taken over, as two pipes: what comes in messages of any kind, and what goes in binary ones.</summary>
internal sealed class WebSocketStream : IAsyncDisposable
{
    private const int BufferSize = 16 * 1024;

    /// <summary>How often an idle connection shows that it is one, for the proxies on its way.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);

    private readonly WebSocket _socket;
    private readonly CancellationTokenSource _stop = new();
    private readonly Pipe _input = new();
    private readonly Pipe _output = new();
    private readonly Task _receiving;
    private readonly Task _sending;

    internal WebSocketStream(HijackedStream connection)
    {
        _socket = WebSocket.CreateFromStream(
            new DuplexStream(connection.Input.AsStream(), connection.Output.AsStream()), new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = KeepAlive });
        _receiving = ReceiveAsync();
        _sending = SendAsync();
    }

    /// <summary>The pipes.</summary>
    internal HijackedStream Pipes => new(_input.Reader, _output.Writer);

    /// <summary>The answer to a client's key, RFC 6455, 4.2.2.</summary>
    internal static string Accept(string key)
    {
#pragma warning disable CA5350 // The protocol wants SHA-1; nothing depends on its strength.
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
    }

    /// <summary>Sends what was written and the end, and then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        await _output.Writer.CompleteAsync().ConfigureAwait(false);
        await _input.Reader.CompleteAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
        _socket.Dispose();
        _stop.Dispose();
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult received = await _socket.ReceiveAsync(_input.Writer.GetMemory(BufferSize), _stop.Token).ConfigureAwait(false);
                if (received.MessageType == WebSocketMessageType.Close)
                    break;
                _input.Writer.Advance(received.Count);
                if ((await _input.Writer.FlushAsync(_stop.Token).ConfigureAwait(false)).IsCompleted)
                    break;
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException)
        {
            // The client is gone, or we go.
        }

        await _input.Writer.CompleteAsync().ConfigureAwait(false);
    }

    private async Task SendAsync()
    {
        try
        {
            while (true)
            {
                ReadResult result = await _output.Reader.ReadAsync(_stop.Token).ConfigureAwait(false);
                foreach (ReadOnlyMemory<byte> segment in result.Buffer)
                    await _socket.SendAsync(segment, WebSocketMessageType.Binary, endOfMessage: true, _stop.Token).ConfigureAwait(false);
                _output.Reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                    break;
            }

            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client is gone: who writes sees it by the pipe.
        }

        await _output.Reader.CompleteAsync().ConfigureAwait(false);
    }
}

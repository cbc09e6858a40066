using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Hosting;

/// <summary>A connection on which a test says every byte itself.</summary>
internal sealed class RawConnection(NetworkStream stream) : IAsyncDisposable
{
    private readonly CancellationTokenSource _bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    internal CancellationToken Token
    {
        get
        {
            _bound.CancelAfter(ApiFixture.Patience);
            return _bound.Token;
        }
    }

    /// <summary>How many bytes are there to be read at once.</summary>
    internal int Available => stream.Socket.Available;

    internal static Task<RawConnection> OpenAsync(ApiFixture api) => OpenAsync(api.SocketPath);

    /// <summary>A connection to a UNIX socket.</summary>
    internal static async Task<RawConnection> OpenAsync(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), TestContext.Current.CancellationToken);
        return new RawConnection(new NetworkStream(socket, ownsSocket: true));
    }

    internal Task SendAsync(string text) => stream.WriteAsync(Encoding.UTF8.GetBytes(text), Token).AsTask();

    /// <summary>A request as docker's client makes it for a stream.</summary>
    internal Task SendHijackAsync(string path, string body = "") => SendAsync(
        $"POST {path} HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    /// <summary>No more input.</summary>
    internal void CloseHalf() => stream.Socket.Shutdown(SocketShutdown.Send);

    /// <summary>The head of an answer, up to its empty line.</summary>
    internal async Task<string> ReadHeadAsync()
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, Token);
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    /// <summary>The next frame; null at the end.</summary>
    internal async Task<(int Stream, string Text)?> ReadFrameAsync()
    {
        byte[] header = new byte[8];
        if (await stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, Token) < header.Length)
            return null;
        byte[] text = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4))];
        await stream.ReadExactlyAsync(text, Token);
        return (header[0], Encoding.UTF8.GetString(text));
    }

    /// <summary>All frames to the end, put together by stream.</summary>
    internal async Task<(string Output, string Error)> ReadFramesAsync()
    {
        StringBuilder[] streams = [new(), new(), new(), new()];
        while (await ReadFrameAsync() is var (number, text))
            streams[number].Append(text);
        return (streams[1].ToString(), streams[2].ToString());
    }

    /// <summary>Everything to the end.</summary>
    internal async Task<string> ReadToEndAsync()
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, Token);
        return Encoding.UTF8.GetString(all.ToArray());
    }

    /// <summary>Reads until the text was there.</summary>
    internal async Task<string> ReadUntilAsync(string text)
    {
        StringBuilder read = new();
        byte[] buffer = new byte[4096];
        while (!read.ToString().Contains(text, StringComparison.Ordinal))
        {
            int count = await stream.ReadAsync(buffer, Token);
            Assert.True(count > 0, $"ended before '{text}': {read}");
            read.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        return read.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        _bound.Dispose();
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ContainerKit.IntegrationTests.Builds;

/// <summary>A server of files on 127.0.0.1, one request a connection; a test says what it answers.</summary>
internal sealed class LoopbackFiles : IAsyncDisposable
{
    private const int MaxRequest = 16 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<Request, Answer> _answer;
    private readonly Task _accepting;

    public LoopbackFiles(Func<Request, Answer> answer)
    {
        _answer = answer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it is, with a slash at the end.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>What was asked for, in the order of the answers.</summary>
    public ConcurrentQueue<(Request Request, int Status)> Served { get; } = new();

    /// <summary>A server of the files below a directory.</summary>
    public static LoopbackFiles Of(string directory) => new(request =>
    {
        string path = Path.GetFullPath(Path.Combine(directory, Uri.UnescapeDataString(request.Path.Split('?')[0]).TrimStart('/')));
        return path.StartsWith(directory, StringComparison.Ordinal) && File.Exists(path) ? new Answer(200, File.ReadAllBytes(path)) : new Answer(404, []);
    });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                connections.RemoveAll(connection => connection.IsCompleted);
                connections.Add(ServeAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                if (await ReadAsync(stream) is not { } request)
                {
                    return;
                }
                Answer answer = _answer(request);
                Served.Enqueue((request, answer.Status));
                var head = new StringBuilder($"HTTP/1.1 {answer.Status} Answer\r\nConnection: close\r\n");
                foreach ((string name, string value) in answer.Headers)
                {
                    head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
                }
                if (!answer.HidesLength)
                {
                    head.Append(CultureInfo.InvariantCulture, $"Content-Length: {answer.Body.Length}\r\n");
                }
                await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _stop.Token);
                if (request.Method != "HEAD")
                {
                    await stream.WriteAsync(answer.Body, _stop.Token);
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // Who asked has gone.
            }
        }
    }

    private async Task<Request?> ReadAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[1024];
        while (!text.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            int read = await stream.ReadAsync(buffer, _stop.Token);
            if (read == 0 || text.Length > MaxRequest)
            {
                return null;
            }
            text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
        string[] lines = text.ToString().Split("\r\n");
        string[] first = lines[0].Split(' ');
        return new Request(first[0], first[1], lines.Skip(1).Where(line => line.Contains(": ", StringComparison.Ordinal)).Select(line => line.Split(": ", 2))
            .GroupBy(pair => pair[0], StringComparer.OrdinalIgnoreCase).ToDictionary(group => group.Key, group => group.First()[1], StringComparer.OrdinalIgnoreCase));
    }

    internal sealed record Request(string Method, string Path, IReadOnlyDictionary<string, string> Headers);

    internal sealed record Answer(int Status, byte[] Body, params (string Name, string Value)[] Headers)
    {
        /// <summary>True: the end of the connection is the end of the body.</summary>
        public bool HidesLength { get; init; }
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ContainerKit.Benchmarks.Machine;
using static System.FormattableString;

namespace ContainerKit.Benchmarks.Registries;

/// <summary>
/// A client with one connection, on a thread of its own: no more than a socket, because it has to share the processors with the registry, and what it costs
/// makes both registries look alike.
/// </summary>
internal sealed class RegistryConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[256 << 10];
    private readonly string _host;

    public RegistryConnection(IPEndPoint address)
    {
        _host = address.ToString();
        _socket.ReceiveTimeout = _socket.SendTimeout = 120_000;
        _socket.Connect(address);
    }

    /// <summary>Sends a request and reads the answer to its end.</summary>
    /// <param name="method">Its method.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="headers">Further headers, each with its line end.</param>
    /// <param name="body">Its body.</param>
    /// <param name="expected">The status that is wanted.</param>
    /// <returns>The location of the answer, without a host, and the length of its body.</returns>
    /// <exception cref="PeerFailedException">It is another answer.</exception>
    public (string Location, long Length) Send(string method, string path, string headers, ReadOnlySpan<byte> body, int expected)
    {
        Write(Encoding.ASCII.GetBytes(Invariant($"{method} {path} HTTP/1.1\r\nHost: {_host}\r\n{headers}{(method == "GET" ? "" : Invariant($"Content-Length: {body.Length}\r\n"))}\r\n")));
        Write(body);
        var (head, rest) = ReadHead();
        if (!head.StartsWith(Invariant($"HTTP/1.1 {expected} "), StringComparison.Ordinal))
            throw new PeerFailedException(Invariant($"{method} {path} was answered with {head}"));
        var length = long.Parse(Find(head, "Content-Length") ?? "0", CultureInfo.InvariantCulture);
        for (var left = length - rest; left > 0;)
            left -= Receive(_buffer.AsSpan(0, (int)Math.Min(left, _buffer.Length)));
        var location = Find(head, "Location") ?? "";
        return (Uri.TryCreate(location, UriKind.Absolute, out var address) && address.Scheme == "http" ? address.PathAndQuery : location, length);
    }

    public void Dispose() => _socket.Dispose();

    private static string? Find(string head, string name)
        => head.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();

    private void Write(ReadOnlySpan<byte> content)
    {
        while (!content.IsEmpty)
            content = content[_socket.Send(content)..];
    }

    private (string Head, int BodyBytes) ReadHead()
    {
        var count = 0;
        while (true)
        {
            count += Receive(_buffer.AsSpan(count));
            if (_buffer.AsSpan(0, count).IndexOf("\r\n\r\n"u8) is >= 0 and var end)
                return (Encoding.ASCII.GetString(_buffer, 0, end), count - end - 4);
        }
    }

    private int Receive(Span<byte> buffer) => _socket.Receive(buffer) is > 0 and var count ? count : throw new PeerFailedException("the registry has ended the connection");
}

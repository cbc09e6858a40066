using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ContainerKit.Benchmarks.Machine;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Sockets;

namespace ContainerKit.Benchmarks.Traffic;

/// <summary>Asks a container's name server for the address of a neighbour, as fast as it answers.</summary>
internal static class NameLoad
{
    private const int Clients = 8;

    /// <summary>Answers per second.</summary>
    /// <exception cref="PeerFailedException">An answer had no address.</exception>
    public static async Task<double> MeasureAsync(int pid, string name, TimeSpan duration, CancellationToken cancellationToken)
    {
        using NamespaceSockets sockets = NamespaceSockets.Create();
        using NamespaceFd network = NamespaceFd.Open(pid, "net");
        var query = Question(name);
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            using Socket socket = await sockets.OpenAsync(network, AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp, cancellationToken);
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse("127.0.0.11"), 53), cancellationToken);
            var answer = new byte[1500];
            var count = 0;
            for (; Stopwatch.GetElapsedTime(started) < duration; count++)
            {
                await socket.SendAsync(query, cancellationToken);
                var length = await socket.ReceiveAsync(answer, cancellationToken);
                if (length <= query.Length || answer[7] == 0)
                    throw new PeerFailedException($"no address of {name}");
            }
            return count;
        }));
        return counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>RFC 1035, section 4: one question for an IPv4 address.</summary>
    private static byte[] Question(string name)
        => [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), 0, 0, 1, 0, 1];
}

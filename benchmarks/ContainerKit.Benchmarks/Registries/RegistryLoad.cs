using System.Collections.Concurrent;
using System.Diagnostics;
using ContainerKit.Benchmarks.Machine;
using ContainerKit.Oci;
using static System.FormattableString;

namespace ContainerKit.Benchmarks.Registries;

/// <summary>What the clients send and ask for. They hash nothing while they are measured: the digests are known before.</summary>
internal sealed class RegistryLoad
{
    private const int Clients = 8;
    private const int ManifestRequests = 16_000;

    /// <summary>1 GiB: mebibytes of a blob, and how many of them.</summary>
    private static readonly (int Size, int Count)[] s_sizes = [(100, 4), (20, 16), (1, 304)];

    private readonly List<(ReadOnlyMemory<byte> Content, Digest Digest)> _blobs = [];

    public RegistryLoad()
    {
        // All are parts of one buffer, at other places, so that each is another blob.
        const int step = 64;
        var buffer = new byte[(s_sizes.Max(each => each.Size) << 20) + (step * s_sizes.Sum(each => each.Count))];
        new Random(1).NextBytes(buffer);
        foreach (var (size, count) in s_sizes)
        {
            for (var i = 0; i < count; i++)
            {
                var content = buffer.AsMemory(step * _blobs.Count, size << 20);
                _blobs.Add((content, Digest.Compute(content.Span)));
            }
        }
    }

    public long Bytes => _blobs.Sum(blob => (long)blob.Content.Length);

    public TimeSpan Push(RegistryPeer peer) => Each(peer, _blobs, static (connection, blob) =>
    {
        var (location, _) = connection.Send("POST", "/v2/bench/blobs/uploads/", "", [], 202);
        var address = Invariant($"{location}{(location.Contains('?', StringComparison.Ordinal) ? '&' : '?')}digest={blob.Digest}");
        connection.Send("PUT", address, "Content-Type: application/octet-stream\r\n", blob.Content.Span, 201);
    });

    public TimeSpan Pull(RegistryPeer peer) => Each(peer, _blobs, static (connection, blob) =>
    {
        var (_, length) = connection.Send("GET", Invariant($"/v2/bench/blobs/{blob.Digest}"), "", [], 200);
        if (length != blob.Content.Length)
            throw new PeerFailedException(Invariant($"{blob.Digest} came with {length} bytes"));
    });

    /// <summary>Asks for one small manifest by its tag, again and again.</summary>
    /// <returns>Requests per second.</returns>
    public double ReadManifests(RegistryPeer peer)
    {
        var (content, digest) = _blobs[^1];
        var blob = new Descriptor { MediaType = MediaTypes.OciLayerGzip, Digest = digest, Size = content.Length };
        using (var connection = new RegistryConnection(peer.Address))
        {
            var manifest = new ImageManifest { Config = blob with { MediaType = MediaTypes.OciConfig }, Layers = [blob] }.ToUtf8Json();
            connection.Send("PUT", "/v2/bench/manifests/latest", Invariant($"Content-Type: {MediaTypes.OciManifest}\r\n"), manifest, 201);
        }

        var took = Each(peer, Enumerable.Range(0, ManifestRequests), static (connection, _) =>
            connection.Send("GET", "/v2/bench/manifests/latest", Invariant($"Accept: {MediaTypes.OciManifest}\r\n"), [], 200));
        return ManifestRequests / took.TotalSeconds;
    }

    private static TimeSpan Each<T>(RegistryPeer peer, IEnumerable<T> work, Action<RegistryConnection, T> action)
    {
        var queue = new ConcurrentQueue<T>(work);
        var failures = new ConcurrentQueue<Exception>();
        var started = Stopwatch.GetTimestamp();
        Thread[] threads = [.. Enumerable.Range(0, Clients).Select(_ => new Thread(Run))];
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        var took = Stopwatch.GetElapsedTime(started);
        return failures.IsEmpty ? took : throw new PeerFailedException(failures.First().Message);

        void Run()
        {
            try
            {
                using var connection = new RegistryConnection(peer.Address);
                while (failures.IsEmpty && queue.TryDequeue(out var each))
                    action(connection, each);
            }
            catch (Exception e) when (e is PeerFailedException or System.Net.Sockets.SocketException)
            {
                failures.Enqueue(e);
            }
        }
    }
}

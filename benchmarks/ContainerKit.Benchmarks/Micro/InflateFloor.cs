using System.IO.Compression;
using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;

namespace ContainerKit.Benchmarks.Micro;

/// <summary>
/// The least that unpacking a gzip layer can cost: inflating it and hashing both sides, without writing a file. What
/// the unpacker takes beyond this is its own.
/// </summary>
[MemoryDiagnoser]
public class InflateFloor
{
    private const int LayerSize = 16 << 20;
    private readonly byte[] _buffer = new byte[128 << 10];
    private byte[] _compressed = [];

    [GlobalSetup]
    public void Compress()
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Optimal))
            gzip.Write(ProgramLikeBytes());
        _compressed = target.ToArray();
    }

    [Benchmark]
    public byte[] InflateAndHash16MiB()
    {
        using var blob = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var layer = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        blob.AppendData(_compressed);
        using var gzip = new GZipStream(new MemoryStream(_compressed), CompressionMode.Decompress);
        int read;
        while ((read = gzip.Read(_buffer)) > 0)
            layer.AppendData(_buffer, 0, read);
        blob.GetHashAndReset();
        return layer.GetHashAndReset();
    }

    /// <summary>Compresses by about the factor of a distribution's layer (2 to 3): half noise, half repetition.</summary>
    private static byte[] ProgramLikeBytes()
    {
        var bytes = new byte[LayerSize];
        var random = new Random(20);
        for (var block = 0; block < bytes.Length; block += 4096)
        {
            random.NextBytes(bytes.AsSpan(block, 1536));
            for (var i = block + 1536; i < block + 4096; i++)
                bytes[i] = (byte)(i >> 6);
        }
        return bytes;
    }
}

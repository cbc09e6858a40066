using System.IO.Compression;

namespace ContainerKit.Storage.Unpacking;

/// <summary>Finds out how an archive is compressed and decompresses it.</summary>
internal static class LayerStream
{
    private const int MagicLength = 6;

    /// <summary>Opens an archive.</summary>
    /// <param name="source">Plain or compressed; stays owned by the caller.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The decompressed archive, owned by the caller, and what counts the bytes before decompression.</returns>
    /// <exception cref="UnsupportedException">It is compressed by something else than gzip.</exception>
    public static async ValueTask<(Stream Archive, PeekedStream Compressed)> OpenAsync(Stream source, CancellationToken cancellationToken)
    {
        byte[] magic = new byte[MagicLength];
        int length = await source.ReadAtLeastAsync(magic, MagicLength, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        var peeked = new PeekedStream(magic.AsMemory(0, length), source);
        return IsGzip(magic) ? (new GZipStream(peeked, CompressionMode.Decompress), peeked) : (peeked, peeked);
    }

    /// <summary>True for gzip (RFC 1952), false for a plain archive.</summary>
    private static bool IsGzip(ReadOnlySpan<byte> magic)
    {
        if (magic.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]))
        {
            throw Unsupported("zstd");
        }
        if (magic.StartsWith("BZh"u8))
        {
            throw Unsupported("bzip2");
        }
        if (magic.StartsWith((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]))
        {
            throw Unsupported("xz");
        }
        return magic.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]);
    }

    private static UnsupportedException Unsupported(string codec)
        => new($"The archive is compressed with {codec}, which is not supported. Recompress it with gzip or store it plain.");
}

using System.IO.Compression;
using ContainerKit.Linux.Compression;

namespace ContainerKit.Storage.Unpacking;

/// <summary>Finds out how an archive is compressed and decompresses it.</summary>
internal static class LayerStream
{
    private const int MagicLength = 6;

    /// <summary>Opens an archive.</summary>
    /// <param name="source">Plain or compressed; stays owned by the caller.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The decompressed archive, owned by the caller, and what counts the bytes before decompression.</returns>
    /// <exception cref="UnsupportedException">A library for the codec is missing.</exception>
    public static async ValueTask<(Stream Archive, PeekedStream Compressed)> OpenAsync(Stream source, CancellationToken cancellationToken)
    {
        (PeekedStream peeked, LayerCodec codec) = await PeekAsync(source, cancellationToken).ConfigureAwait(false);
        return (Decompress(peeked, codec), peeked);
    }

    /// <summary>Finds out the codec.</summary>
    /// <param name="source">Plain or compressed; stays owned by the caller.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>All of the source, and how it is compressed.</returns>
    public static async ValueTask<(PeekedStream Source, LayerCodec Codec)> PeekAsync(Stream source, CancellationToken cancellationToken)
    {
        byte[] magic = new byte[MagicLength];
        int length = await source.ReadAtLeastAsync(magic, MagicLength, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return (new PeekedStream(magic.AsMemory(0, length), source), Identify(magic));
    }

    /// <summary>Decompresses; a plain archive is returned as it is.</summary>
    /// <exception cref="UnsupportedException">A library for the codec is missing.</exception>
    public static Stream Decompress(Stream source, LayerCodec codec)
    {
        try
        {
            return codec switch
            {
                LayerCodec.Gzip => new GZipStream(source, CompressionMode.Decompress),
                LayerCodec.Zstd => DecompressionStream.OpenZstd(source),
                LayerCodec.Xz => DecompressionStream.OpenXz(source),
                LayerCodec.Bzip2 => new Bzip2Stream(source),
                _ => source,
            };
        }
        catch (MissingLibraryException e)
        {
            throw new UnsupportedException($"The archive is compressed with {codec}, which can't be read here. {e.Message} Install it, or recompress the archive with gzip.", e);
        }
    }

    /// <summary>The codec by the first bytes.</summary>
    private static LayerCodec Identify(ReadOnlySpan<byte> magic)
    {
        if (magic.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
        {
            return LayerCodec.Gzip;
        }
        if (IsZstd(magic))
        {
            return LayerCodec.Zstd;
        }
        if (magic.StartsWith("BZh"u8))
        {
            return LayerCodec.Bzip2;
        }
        return magic.StartsWith((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]) ? LayerCodec.Xz : LayerCodec.None;
    }

    /// <summary>A frame, or one that is skipped (RFC 8878, 3.1.2), by which chunked layers begin.</summary>
    private static bool IsZstd(ReadOnlySpan<byte> magic)
        => magic.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) || (magic.Slice(1, 3).SequenceEqual((ReadOnlySpan<byte>)[0x2A, 0x4D, 0x18]) && (magic[0] & 0xF0) == 0x50);
}

using System.IO.Compression;
using ContainerKit.Linux.Compression;
using ContainerKit.Oci;

namespace ContainerKit;

/// <summary>How a layer that is made here is compressed.</summary>
public sealed record LayerCompression
{
    private const int DefaultGzipLevel = 6;
    private const int DefaultZstdLevel = 3;

    private readonly int _level;

    private LayerCompression(string mediaType, int level)
    {
        MediaType = mediaType;
        _level = level;
    }

    /// <summary>Not at all: the fastest, for an image that stays on this machine.</summary>
    public static LayerCompression None { get; } = new(MediaTypes.OciLayer, 0);

    internal string MediaType { get; }

    /// <summary>gzip, which everything reads.</summary>
    /// <param name="level">From 1, fast, to 9, small. Default 6.</param>
    public static LayerCompression Gzip(int level = DefaultGzipLevel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(level, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, 9);
        return new(MediaTypes.OciLayerGzip, level);
    }

    /// <summary>Zstandard, faster and smaller than gzip; not read by Docker before version 23. Needs libzstd on this machine.</summary>
    /// <param name="level">From 1, fast, to 19, small. Default 3.</param>
    public static LayerCompression Zstd(int level = DefaultZstdLevel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(level, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, 19);
        return new(MediaTypes.OciLayerZstd, level);
    }

    /// <summary>A stream that compresses into another one, which stays open.</summary>
    /// <exception cref="UnsupportedException">A library for the codec is missing.</exception>
    internal Stream Open(Stream target)
    {
        try
        {
            return MediaType switch
            {
                MediaTypes.OciLayerGzip => new GZipStream(target, new ZLibCompressionOptions { CompressionLevel = _level }, leaveOpen: true),
                MediaTypes.OciLayerZstd => new ZstdCompressionStream(target, _level),
                _ => throw new InvalidOperationException("There is nothing to compress."),
            };
        }
        catch (MissingLibraryException e)
        {
            throw new UnsupportedException($"Layers can't be compressed with zstd here. {e.Message} Install it, or choose gzip.", e);
        }
    }
}

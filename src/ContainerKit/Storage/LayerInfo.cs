using System.Text.Json;
using ContainerKit.Oci;

namespace ContainerKit.Storage;

/// <summary>What is known of an unpacked layer; kept as layers/&lt;hex&gt;.json beside it.</summary>
/// <param name="DiffId">Digest of the layer's archive, not compressed.</param>
/// <param name="ArchiveSize">Bytes of that archive.</param>
/// <param name="Size">Bytes of the content of its files.</param>
/// <param name="Entries">Number of its entries.</param>
internal sealed record LayerInfo(Digest DiffId, long ArchiveSize, long Size, long Entries)
{
    /// <summary>Reads the file.</summary>
    /// <exception cref="InvalidContentException">It is damaged.</exception>
    public static LayerInfo Read(string path)
    {
        try
        {
            LayerInfoDocument document = JsonSerializer.Deserialize(File.ReadAllBytes(path), StorageJsonContext.Default.LayerInfoDocument)
                ?? throw new InvalidContentException($"{path} is empty.");
            return new LayerInfo(Digest.Parse(document.DiffId), document.ArchiveSize, document.Size, document.Entries);
        }
        catch (Exception e) when (e is JsonException or OciFormatException)
        {
            throw new InvalidContentException($"{path} is damaged: {e.Message}", e);
        }
    }

    /// <summary>The file's content.</summary>
    public byte[] ToUtf8Json() => JsonSerializer.SerializeToUtf8Bytes(
        new LayerInfoDocument(DiffId.ToString(), ArchiveSize, Size, Entries), StorageJsonContext.Default.LayerInfoDocument);
}

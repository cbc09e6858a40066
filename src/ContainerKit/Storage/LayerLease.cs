using System.Text.Json;
using ContainerKit.Oci;

namespace ContainerKit.Storage;

/// <summary>A container's claim to the layers that it stands on: a file in its directory, so that it lasts exactly as long as the container.</summary>
/// <param name="Layers">Diff ids.</param>
internal sealed record LayerLease(IReadOnlyList<Digest> Layers)
{
    private const string FileName = "layers.json";

    /// <summary>Writes the claim into a container's directory. The caller holds the content lock, so that nothing is freed meanwhile.</summary>
    public void WriteTo(DataRoot root, string containerDirectory)
        => AtomicFile.Write(root, Path.Combine(containerDirectory, FileName), ToUtf8Json());

    /// <summary>The claims of all containers.</summary>
    /// <exception cref="InvalidContentException">A claim can't be read: nothing must be freed then.</exception>
    public static IEnumerable<LayerLease> ReadAll(DataRoot root)
    {
        foreach (string container in Directory.EnumerateDirectories(root.ContainersDirectory))
        {
            if (Read(Path.Combine(container, FileName)) is { } lease)
            {
                yield return lease;
            }
        }
    }

    private byte[] ToUtf8Json() => JsonSerializer.SerializeToUtf8Bytes(
        new LayerLeaseDocument([.. Layers.Select(layer => layer.ToString())]), StorageJsonContext.Default.LayerLeaseDocument);

    private static LayerLease? Read(string path)
    {
        try
        {
            LayerLeaseDocument document = JsonSerializer.Deserialize(File.ReadAllBytes(path), StorageJsonContext.Default.LayerLeaseDocument)
                ?? throw new InvalidContentException($"{path} is empty.");
            return new LayerLease([.. document.Layers.Select(Digest.Parse)]);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // A container without a claim (of a directory), or one that was removed a moment ago.
            return null;
        }
        catch (Exception e) when (e is JsonException or OciFormatException)
        {
            throw new InvalidContentException($"{path} is damaged: {e.Message}", e);
        }
    }
}

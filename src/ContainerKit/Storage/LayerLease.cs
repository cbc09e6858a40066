using System.Text.Json;
using ContainerKit.Oci;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Storage;

/// <summary>A container's claim to the layers that it stands on: a file in its directory, so that it lasts exactly as long as the container.</summary>
/// <param name="Layers">Diff ids.</param>
internal sealed record LayerLease(IReadOnlyList<Digest> Layers)
{
    private const string FileName = "layers.json";

    /// <summary>Writes the claim into a container's directory. The caller holds the content lock, so that nothing is freed meanwhile.</summary>
    /// <param name="root">The data root.</param>
    /// <param name="containerDirectory">Where the claim is to be.</param>
    /// <param name="durable">False: the container does not outlive a crash of the machine, so its claim need not either.</param>
    public void WriteTo(DataRoot root, string containerDirectory, bool durable)
    {
        string path = Path.Combine(containerDirectory, FileName);
        if (durable)
        {
            AtomicFile.Write(root, path, ToUtf8Json());
            return;
        }

        string temporary = path + ".tmp";
        using (SafeFileHandle file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(file, ToUtf8Json(), 0);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>True when the directory has this claim already.</summary>
    public bool IsIn(string containerDirectory)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(containerDirectory, FileName)).AsSpan().SequenceEqual(ToUtf8Json());
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    /// <summary>The claims of all containers.</summary>
    /// <exception cref="InvalidContentException">A claim can't be read: nothing must be freed then.</exception>
    public static IEnumerable<LayerLease> ReadAll(DataRoot root)
    {
        foreach (string container in Directory.EnumerateDirectories(root.ContainersDirectory))
        {
            if (ReadFrom(container) is { } lease)
            {
                yield return lease;
            }
        }
    }

    /// <summary>The claim of a container; null for one that has none.</summary>
    /// <param name="containerDirectory">The container's directory.</param>
    /// <exception cref="InvalidContentException">The claim can't be read.</exception>
    public static LayerLease? ReadFrom(string containerDirectory) => Read(Path.Combine(containerDirectory, FileName));

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

using System.Text.Json;
using ContainerKit.Oci;

namespace ContainerKit.Storage;

/// <summary>The layers that the build cache keeps: build-cache/steps/&lt;key&gt;.json, one a step.</summary>
internal static class CachedLayers
{
    /// <summary>The cache's directory.</summary>
    public static string Directory(DataRoot root) => Path.Combine(root.Path, "build-cache");

    /// <summary>The directory of the records of steps.</summary>
    public static string StepsDirectory(DataRoot root) => Path.Combine(Directory(root), "steps");

    /// <summary>The diff ids, which are the digests of the blobs as well.</summary>
    /// <remarks>A record that can't be read is none: it is only a cache.</remarks>
    public static IEnumerable<Digest> ReadAll(DataRoot root)
    {
        string directory = StepsDirectory(root);
        if (!System.IO.Directory.Exists(directory))
        {
            yield break;
        }
        foreach (string path in System.IO.Directory.EnumerateFiles(directory, "*.json"))
        {
            if (Read(path)?.Layer is { } layer && Digest.TryParse(layer, out Digest diffId))
            {
                yield return diffId;
            }
        }
    }

    /// <summary>A record; null for one that is not there or damaged.</summary>
    public static CachedStepDocument? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), StorageJsonContext.Default.CachedStepDocument);
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}

using System.Buffers;
using System.Text.Json;
using ContainerKit.Oci;
using ContainerKit.Storage;

namespace ContainerKit.Builds.Cache;

/// <summary>What steps have made, as an annotation of an image's manifest: whoever has the image need not do the steps again.</summary>
internal static class ExportedCache
{
    /// <summary>The annotation.</summary>
    public const string Annotation = "dev.containerkit.build-cache.v1";

    private const int KeyLength = 64;
    private const int MaxSteps = 10_000;

    private static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789abcdef");

    /// <summary>The annotation's text.</summary>
    public static string Write(IEnumerable<KeyValuePair<string, CachedStep>> steps)
        => JsonSerializer.Serialize(
            steps.OrderBy(step => step.Key, StringComparer.Ordinal).ToDictionary(step => step.Key, step => step.Value.ToDocument()),
            StorageJsonContext.Default.DictionaryStringCachedStepDocument);

    /// <summary>The steps whose layers are here. The text is anybody's: what does not make sense is left out.</summary>
    /// <param name="text">The annotation's text.</param>
    /// <param name="find">Finds what a record says.</param>
    /// <returns>Null when the text is no such annotation.</returns>
    public static IReadOnlyDictionary<string, CachedStep>? Read(string text, Func<CachedStepDocument, CachedStep?> find)
    {
        try
        {
            Dictionary<string, CachedStepDocument>? steps = JsonSerializer.Deserialize(text, StorageJsonContext.Default.DictionaryStringCachedStepDocument);
            if (steps is null || steps.Count > MaxSteps)
            {
                return null;
            }
            var found = new Dictionary<string, CachedStep>(StringComparer.Ordinal);
            foreach ((string key, CachedStepDocument? document) in steps)
            {
                bool isKey = key.Length == KeyLength && !key.AsSpan().ContainsAnyExcept(s_digits);
                if (isKey && document is { Text: not null, Size: >= 0, BlobSize: >= 0 } && find(document) is { } step)
                {
                    found[key] = step;
                }
            }
            return found;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The annotation of an image's manifest; null for none.</summary>
    public static string? Find(ImageManifest manifest) => manifest.Annotations.GetValueOrDefault(Annotation);
}

using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using ContainerKit.Oci.Json;

namespace ContainerKit.Oci;

/// <summary>One image of an archive as <c>docker save</c> writes it: an element of the list in its <c>manifest.json</c>.</summary>
/// <remarks>The paths are names of entries of the archive. They are hostile input: look them up, never open them on a file system.</remarks>
public sealed record DockerArchiveImage
{
    /// <summary>Name of the file that lists the images of the archive.</summary>
    public const string ManifestFileName = "manifest.json";

    private const string What = "docker archive manifest.json";

    /// <summary>Entry that holds the <see cref="ImageConfiguration"/>.</summary>
    [JsonPropertyName("Config")]
    public required string Config { get; init; }

    /// <summary>Names of the image in familiar form with tags; may be empty.</summary>
    [JsonPropertyName("RepoTags")]
    [AllowNull]
    public required IReadOnlyList<string> RepoTags { get; init => field = ValueList<string>.From(value, nameof(RepoTags)); }

    /// <summary>Entries that hold the layers' archives, the lowest first; as many as the configuration has diff ids.</summary>
    [JsonPropertyName("Layers")]
    [AllowNull]
    public required IReadOnlyList<string> Layers { get; init => field = ValueList<string>.From(value, nameof(Layers)); }

    /// <summary>Reads <c>manifest.json</c>.</summary>
    /// <param name="utf8Json">The document, at most <see cref="OciLimits.MaxDocumentSize"/> bytes.</param>
    /// <exception cref="OciFormatException">It is malformed.</exception>
    public static IReadOnlyList<DockerArchiveImage> ParseManifest(ReadOnlySpan<byte> utf8Json)
    {
        DockerArchiveImage[] images = OciJson.Read<DockerArchiveImage[]>(utf8Json, What);
        int hole = Array.FindIndex(images, image => image is null);
        return hole < 0 ? ValueList<DockerArchiveImage>.From(images, "$") : throw new OciFormatException(What, $"$[{hole}]", "is null");
    }

    /// <summary>A <c>manifest.json</c> as compact JSON.</summary>
    /// <param name="images">The images of the archive.</param>
    public static byte[] WriteManifest(IReadOnlyList<DockerArchiveImage> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        return OciJson.Write<DockerArchiveImage[]>([.. images], What);
    }
}

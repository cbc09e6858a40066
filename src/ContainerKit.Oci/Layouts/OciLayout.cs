using System.Text.Json.Serialization;
using ContainerKit.Oci.Json;

namespace ContainerKit.Oci;

/// <summary>The file <c>oci-layout</c>, which marks a directory as an OCI image layout, and the names of what is beside it.</summary>
public sealed record OciLayout
{
    /// <summary>Name of the marker file, whose content this type is.</summary>
    public const string FileName = "oci-layout";

    /// <summary>Name of the file that lists the images of the layout, an <see cref="ImageIndex"/>.</summary>
    public const string IndexFileName = "index.json";

    /// <summary>Name of the directory of blobs: <c>blobs/&lt;algorithm&gt;/&lt;hex&gt;</c>.</summary>
    public const string BlobsDirectoryName = "blobs";

    /// <summary>The one version of the layout that there is: <c>1.0.0</c>.</summary>
    public const string CurrentVersion = "1.0.0";

    private const string What = "oci-layout";

    /// <summary>Version of the layout.</summary>
    [JsonPropertyName("imageLayoutVersion")]
    public required string Version { get; init; }

    /// <summary>Path of a blob inside a layout, with slashes: <c>blobs/sha256/…</c>.</summary>
    /// <param name="digest">The blob's digest.</param>
    /// <exception cref="ArgumentException">The digest is the default value.</exception>
    public static string BlobPath(Digest digest)
        => digest.IsEmpty
            ? throw new ArgumentException("an empty digest has no blob", nameof(digest))
            : $"{BlobsDirectoryName}/{digest.Algorithm}/{digest.Hex}";

    /// <summary>Reads the marker file.</summary>
    /// <param name="utf8Json">The document.</param>
    /// <exception cref="OciFormatException">It is malformed, or of another version.</exception>
    public static OciLayout Parse(ReadOnlySpan<byte> utf8Json)
    {
        OciLayout layout = OciJson.Read<OciLayout>(utf8Json, What);
        return layout.Version == CurrentVersion
            ? layout
            : throw new OciFormatException(What, "$.imageLayoutVersion", $"\"{layout.Version}\" is not supported; {CurrentVersion} is");
    }

    /// <summary>The document as compact JSON.</summary>
    public byte[] ToUtf8Json() => OciJson.Write(this, What);
}

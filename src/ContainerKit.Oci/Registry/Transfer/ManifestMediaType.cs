using System.Text.Json;

namespace ContainerKit.Oci.Registry.Transfer;

/// <summary>Finds out what kind of manifest an answer is.</summary>
internal static class ManifestMediaType
{
    private const string Schema1 = "application/vnd.docker.distribution.manifest.v1+json";
    private const string Schema1Signed = "application/vnd.docker.distribution.manifest.v1+prettyjws";

    /// <summary>What is asked for, in the order of preference.</summary>
    public static IReadOnlyList<string> Accepted { get; } = [MediaTypes.OciIndex, MediaTypes.OciManifest, MediaTypes.DockerManifestList, MediaTypes.DockerManifest];

    /// <summary>The media type of a manifest: the header's and the document's, which must be the same.</summary>
    /// <param name="header">The Content-Type without parameters; null where there was none.</param>
    /// <param name="content">The document.</param>
    /// <param name="what">The reference, for messages.</param>
    /// <exception cref="NotSupportedException">It is of a kind that isn't known.</exception>
    /// <exception cref="OciFormatException">It is no JSON object, or contradicts its header (CVE-2021-41190).</exception>
    public static string Find(string? header, ReadOnlySpan<byte> content, string what)
    {
        (string? own, int version, bool isIndex) = Inspect(content, what);
        if (header is Schema1 or Schema1Signed || own is Schema1 or Schema1Signed || version == 1)
        {
            throw new NotSupportedException($"{what} is a Docker image of schema 1, a format given up in 2017. Push it again with a tool of today.");
        }

        // Registries that know less say what every JSON is, or nothing.
        string? said = header is null or "application/json" or "text/plain" or "text/json" or "application/octet-stream" ? null : header;
        if (said is not null && own is not null && said != own)
        {
            throw new OciFormatException("manifest", what, $"is {own} by its content and {said} by its header");
        }

        string type = own ?? said ?? (isIndex ? MediaTypes.OciIndex : MediaTypes.OciManifest);
        return MediaTypes.IsManifest(type) || MediaTypes.IsIndex(type)
            ? type
            : throw new NotSupportedException($"{what} is of the media type {Shorten(type)}, which is neither an image manifest nor an index.");
    }

    private static (string? MediaType, int Version, bool IsIndex) Inspect(ReadOnlySpan<byte> content, string what)
    {
        try
        {
            string? mediaType = null;
            int version = 0;
            bool isIndex = false;
            var reader = new Utf8JsonReader(content, new JsonReaderOptions { MaxDepth = OciLimits.MaxDocumentDepth });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw new OciFormatException("manifest", what, "is no JSON object");
            }

            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                {
                    continue;
                }

                isIndex |= reader.ValueTextEquals("manifests");
                bool isType = reader.ValueTextEquals("mediaType");
                bool isVersion = reader.ValueTextEquals("schemaVersion");
                reader.Read();
                mediaType = isType && reader.TokenType == JsonTokenType.String ? reader.GetString() : mediaType;
                version = isVersion && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int number) ? number : version;
            }

            return (mediaType, version, isIndex);
        }
        catch (JsonException e)
        {
            throw new OciFormatException("manifest", what, "is not valid JSON", e);
        }
    }

    private static string Shorten(string text) => text.Length <= 100 ? $"\"{text}\"" : $"\"{text.AsSpan(0, 100)}…\"";
}

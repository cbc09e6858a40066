using System.Text.Json;
using ContainerKit.Oci;
using ContainerKit.RegistryServer.Routing;

namespace ContainerKit.RegistryServer.Manifests;

/// <summary>What a registry has to know of a manifest or index.</summary>
internal sealed record ManifestDocument
{
    internal required string MediaType { get; init; }

    /// <summary>The configuration and the layers that have to be in the repository; for an index none.</summary>
    internal IReadOnlyList<Descriptor> Blobs { get; init; } = [];

    /// <summary>The manifests of an index.</summary>
    internal IReadOnlyList<Descriptor> Manifests { get; init; } = [];

    internal Digest? Subject { get; init; }

    /// <summary>What referrers are filtered by: the artifact's type, or else that of the configuration ("Listing Referrers").</summary>
    internal string? ArtifactType { get; init; }

    internal required IReadOnlyDictionary<string, string> Annotations { get; init; }

    /// <summary>Reads what a client pushes.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="contentType">What the client says that they are, without parameters; null where it says nothing.</param>
    /// <exception cref="RegistryFault">It is none, or not what the client says.</exception>
    internal static ManifestDocument Parse(ReadOnlyMemory<byte> content, string? contentType)
    {
        try
        {
            ManifestDocument document = MediaTypes.IsIndex(contentType ?? TypeOf(content.Span)) ? FromIndex(ImageIndex.Parse(content.Span)) : FromManifest(ImageManifest.Parse(content.Span));
            if (contentType is not null && contentType != document.MediaType)
                throw RegistryFault.ManifestInvalid($"the content is {document.MediaType}, but the Content-Type says otherwise");
            return document;
        }
        catch (OciFormatException e)
        {
            throw RegistryFault.ManifestInvalid(e.Message);
        }
    }

    /// <summary>True for what can be stored as a manifest: image manifests and indexes of OCI and of Docker's schema 2.</summary>
    internal static bool IsSupported(string? mediaType) => MediaTypes.IsManifest(mediaType) || MediaTypes.IsIndex(mediaType);

    /// <summary>Where nothing says what a document is: an index is what has manifests.</summary>
    private static string TypeOf(ReadOnlySpan<byte> content)
    {
        try
        {
            var reader = new Utf8JsonReader(content, new JsonReaderOptions { MaxDepth = OciLimits.MaxDocumentDepth });
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals("manifests"u8))
                    return MediaTypes.OciIndex;
            }
        }
        catch (JsonException e)
        {
            throw RegistryFault.ManifestInvalid(e.Message);
        }

        return MediaTypes.OciManifest;
    }

    private static ManifestDocument FromManifest(ImageManifest manifest) => new()
    {
        MediaType = manifest.MediaType,
        Blobs = [manifest.Config, .. manifest.Layers.Where(layer => !IsElsewhere(layer))],
        Subject = manifest.Subject?.Digest,
        ArtifactType = manifest.ArtifactType ?? manifest.Config.MediaType,
        Annotations = manifest.Annotations,
    };

    private static ManifestDocument FromIndex(ImageIndex index) => new()
    {
        MediaType = index.MediaType,
        Manifests = index.Manifests,
        Subject = index.Subject?.Digest,
        ArtifactType = index.ArtifactType,
        Annotations = index.Annotations,
    };

    /// <summary>Layers that may not be handed on stay where their addresses say; clients don't push them.</summary>
    private static bool IsElsewhere(Descriptor layer) => layer.MediaType
        is MediaTypes.DockerForeignLayerGzip or MediaTypes.OciLayerNonDistributable or MediaTypes.OciLayerNonDistributableGzip or MediaTypes.OciLayerNonDistributableZstd;
}

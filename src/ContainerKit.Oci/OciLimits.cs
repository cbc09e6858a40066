namespace ContainerKit.Oci;

/// <summary>Bounds on the documents that are read. They are above anything that tools write and keep hostile input cheap to refuse.</summary>
public static class OciLimits
{
    /// <summary>Largest manifest, index, configuration or layout file, in bytes: 4 MiB, what registries accept for a manifest.</summary>
    /// <remarks>Readers should refuse a descriptor of a document above this before fetching it.</remarks>
    public const int MaxDocumentSize = 4 * 1024 * 1024;

    /// <summary>Deepest nesting of a JSON document: 64 levels.</summary>
    public const int MaxDocumentDepth = 64;

    /// <summary>Longest text that is considered as an image reference, in characters: 1,024.</summary>
    public const int MaxReferenceLength = 1024;
}

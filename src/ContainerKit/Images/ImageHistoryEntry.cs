using ContainerKit.Oci;

namespace ContainerKit;

/// <summary>A step of how an image came to be.</summary>
/// <param name="Created">When; null where it is not said.</param>
/// <param name="CreatedBy">The command that made the layer, or empty.</param>
/// <param name="Author">Who; null where it is not said.</param>
/// <param name="Comment">A remark, or empty.</param>
/// <param name="DiffId">The layer's digest, not compressed; null for a step that changed the configuration only.</param>
/// <param name="Size">Bytes of the files in the layer; 0 without one.</param>
public sealed record ImageHistoryEntry(DateTimeOffset? Created, string CreatedBy, string? Author, string Comment, Digest? DiffId, long Size)
{
    /// <summary>The image that ends with this step: of the newest one the image itself; null for others, of which nothing is known.</summary>
    public Digest? ImageId { get; init; }

    /// <summary>The names of that image.</summary>
    public IReadOnlyList<ImageReference> References { get; init; } = [];
}

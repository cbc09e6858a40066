using ContainerKit.Oci;

namespace ContainerKit;

/// <summary>What became of images that were to be removed.</summary>
/// <param name="Untagged">The names that are gone, those by which registries know the images included.</param>
/// <param name="DeletedImages">The ids of images that are gone; empty where an image has other names still.</param>
/// <param name="DeletedLayers">The diff ids of layers that nothing needs any more.</param>
/// <param name="ReclaimedBytes">
/// Bytes of the files of these layers, and of the blobs (compressed layers, manifests, configurations), that are gone with them. What a pull that
/// is under way puts off is freed when it ends, and not counted.
/// </param>
public sealed record ImageRemovalReport(
    IReadOnlyList<ImageReference> Untagged, IReadOnlyList<Digest> DeletedImages, IReadOnlyList<Digest> DeletedLayers, long ReclaimedBytes);

using ContainerKit.Oci;

namespace ContainerKit;

/// <summary>News of one layer that is pulled or pushed.</summary>
/// <param name="Layer">The digest of the layer as it is transferred, compressed.</param>
/// <param name="Stage">How far it is.</param>
/// <param name="Completed">Bytes that were transferred.</param>
/// <param name="Total">Bytes of the whole.</param>
public readonly record struct ImageTransferProgress(Digest Layer, ImageTransferStage Stage, long Completed, long Total);

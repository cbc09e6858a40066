namespace ContainerKit.RegistryServer;

/// <summary>What a collection has removed.</summary>
/// <param name="Manifests">Manifests of repositories, without a tag.</param>
/// <param name="Blobs">Blobs and manifests that no repository had any more.</param>
/// <param name="Uploads">Uploads that nobody went on with.</param>
/// <param name="ReclaimedBytes">The bytes of all these.</param>
public sealed record OciRegistryCollectionResult(int Manifests, int Blobs, int Uploads, long ReclaimedBytes);

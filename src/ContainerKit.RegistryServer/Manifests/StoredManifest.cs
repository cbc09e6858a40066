using ContainerKit.Oci;

namespace ContainerKit.RegistryServer.Manifests;

/// <summary>A manifest as it was pushed.</summary>
internal sealed record StoredManifest(Digest Digest, string MediaType, byte[] Content);

using ContainerKit.Oci;

namespace ContainerKit.RegistryServer.Mirroring;

/// <summary>What a repository of this registry is called in the one that it is a cache of: the same, as docker's daemon expects of a mirror.</summary>
internal static class MirrorName
{
    internal static ImageReference ToReference(string registry, string repository) => ImageReference.Parse($"{registry}/{repository}");
}

using ContainerKit.Oci;
using ContainerKit.RegistryServer.Storage;

namespace ContainerKit.RegistryServer.Referrers;

/// <summary>
/// Who speaks about a manifest: an index with the one descriptor each, written before the manifest is and removed after it; an entry counts only while the
/// manifest is there.
/// </summary>
internal sealed class ReferrerStore(RegistryPaths paths, StagedFile staged)
{
    internal void Add(string repository, Digest subject, Descriptor descriptor)
        => staged.Write(paths.Referrer(repository, subject, descriptor.Digest), new ImageIndex { Manifests = [descriptor] }.ToUtf8Json());

    internal void Remove(string repository, Digest subject, Digest manifest) => File.Delete(paths.Referrer(repository, subject, manifest));

    /// <summary>The referrers of a manifest in the order of their digests. Entries are read as they are asked for.</summary>
    internal IEnumerable<Descriptor> Read(string repository, Digest subject, Digest? after)
    {
        string first = after is { } digest ? $"{digest.Algorithm}-{digest.Hex}" : "";
        foreach (string path in StoredDirectory.ReadFiles(paths.Referrers(repository, subject)).Where(path => string.CompareOrdinal(Path.GetFileName(path), first) > 0).Order(StringComparer.Ordinal))
        {
            if (StagedFile.Read(path) is { } content
                && ImageIndex.Parse(content).Manifests[0] is { } descriptor
                && File.Exists(paths.Manifest(repository, descriptor.Digest)))
            {
                yield return descriptor;
            }
        }
    }
}

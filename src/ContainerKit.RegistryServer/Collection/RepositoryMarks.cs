using ContainerKit.Oci;
using ContainerKit.RegistryServer.Manifests;
using ContainerKit.RegistryServer.Storage;

namespace ContainerKit.RegistryServer.Collection;

/// <summary>What the manifests of a repository need.</summary>
internal sealed class RepositoryMarks
{
    private readonly Dictionary<Digest, ManifestDocument> _documents = [];
    private readonly HashSet<Digest> _tagged = [];

    /// <summary>Blobs that a manifest refers to, whether it has a tag or not.</summary>
    internal HashSet<Digest> Blobs { get; } = [];

    internal static async Task<RepositoryMarks> ReadAsync(RegistryPaths paths, ManifestStore manifests, string repository, CancellationToken cancellationToken)
    {
        var marks = new RepositoryMarks();
        foreach (Digest digest in RegistryPaths.ReadDigests(Path.Combine(paths.Repository(repository), RegistryPaths.ManifestsPart)))
        {
            if (await manifests.FindAsync(repository, digest, cancellationToken).ConfigureAwait(false) is not { } manifest)
                continue;
            ManifestDocument document = ManifestDocument.Parse(manifest.Content, null);
            marks._documents.Add(digest, document);
            marks.Blobs.UnionWith(document.Blobs.Select(blob => blob.Digest));
        }

        marks._tagged.UnionWith(manifests.ReadTagged(repository));
        return marks;
    }

    /// <summary>Manifests to which no tag leads, by indexes or by being about one to which a tag leads.</summary>
    internal IEnumerable<Digest> FindUntagged()
    {
        HashSet<Digest> kept = [];
        Stack<Digest> open = new(_tagged);
        ILookup<Digest, Digest> referrers = _documents.Where(each => each.Value.Subject is not null).ToLookup(each => each.Value.Subject!.Value, each => each.Key);
        while (open.TryPop(out Digest digest))
        {
            if (!kept.Add(digest))
                continue;
            foreach (Digest referrer in referrers[digest])
                open.Push(referrer);
            if (_documents.TryGetValue(digest, out ManifestDocument? document))
            {
                foreach (Descriptor part in document.Manifests)
                    open.Push(part.Digest);
            }
        }

        return _documents.Keys.Where(digest => !kept.Contains(digest));
    }
}

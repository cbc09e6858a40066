using ContainerKit.Linux.Io;
using ContainerKit.Oci;
using ContainerKit.Storage;

namespace ContainerKit.Images;

/// <summary>index.json of the data root: which images there are and what they are called. Every state of it is a valid OCI image layout.</summary>
/// <remarks>
/// A name is the annotation org.opencontainers.image.ref.name, in the form that users write (<c>alpine:3.20</c>), so that
/// <c>skopeo inspect oci:&lt;data root&gt;:alpine:3.20</c> works. An image without names has an entry without the annotation.
/// </remarks>
internal sealed class ImageCatalog(DataRoot root, TimeProvider time)
{
    /// <summary>The index as it is now.</summary>
    /// <exception cref="InvalidContentException">index.json is damaged.</exception>
    public ImageIndex Read() => ImageDocuments.ParseIndex(File.ReadAllBytes(root.IndexFile), root.IndexFile);

    /// <summary>The name of an entry, or null.</summary>
    public static ImageReference? NameOf(Descriptor entry)
        => entry.Annotations.GetValueOrDefault(AnnotationNames.RefName) is { } name && ImageReference.TryParse(name, out ImageReference? reference)
            ? reference
            : null;

    /// <summary>Adds an image, or names to it. An image that loses its last name to it stays, without a name.</summary>
    public ValueTask AddAsync(Descriptor manifest, IReadOnlyCollection<ImageReference> names, CancellationToken cancellationToken)
        => UpdateAsync(
            entries =>
            {
                foreach (ImageReference name in names)
                {
                    RemoveName(entries, name);
                }
                Descriptor plain = manifest with { Annotations = new Dictionary<string, string>() };
                entries.RemoveAll(entry => entry.Digest == plain.Digest && names.Count > 0 && NameOf(entry) is null);
                entries.AddRange(names.Distinct().Select(name => plain with
                {
                    Annotations = new Dictionary<string, string>
                    {
                        [AnnotationNames.RefName] = name.FamiliarString,
                        [AnnotationNames.ContainerdImageName] = name.ToString(),
                    },
                }));
                if (entries.TrueForAll(entry => entry.Digest != plain.Digest))
                {
                    entries.Add(plain);
                }
            },
            cancellationToken);

    /// <summary>
    /// Takes a name away; the image stays as long as it has another one. With the last tag of a repository goes what the image is known by
    /// there: digests are no names that users gave.
    /// </summary>
    /// <param name="name">The name.</param>
    /// <param name="keeps">True: an image that loses its last name stays, without one.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>False when nothing has the name.</returns>
    public async ValueTask<bool> RemoveNameAsync(ImageReference name, bool keeps, CancellationToken cancellationToken)
    {
        bool found = false;
        await UpdateAsync(
            entries =>
            {
                Descriptor? removed = entries.Find(entry => name.Equals(NameOf(entry)));
                if (removed is null)
                {
                    return;
                }
                found = true;
                entries.Remove(removed);
                List<Descriptor> others = entries.FindAll(entry => entry.Digest == removed.Digest && NameOf(entry)?.Name == name.Name);
                if (name.Digest is null && others.TrueForAll(entry => NameOf(entry)!.Digest is not null))
                {
                    entries.RemoveAll(others.Contains);
                }
                if (keeps && entries.TrueForAll(entry => entry.Digest != removed.Digest))
                {
                    entries.Add(removed with { Annotations = new Dictionary<string, string>() });
                }
            },
            cancellationToken).ConfigureAwait(false);
        return found;
    }

    /// <summary>Removes manifests with all their names.</summary>
    public ValueTask RemoveAsync(IReadOnlySet<Digest> manifests, CancellationToken cancellationToken)
        => UpdateAsync(entries => entries.RemoveAll(entry => manifests.Contains(entry.Digest)), cancellationToken);

    /// <summary>Removes a manifest, if these are still all of its names.</summary>
    /// <returns>False when it was changed meanwhile.</returns>
    public async ValueTask<bool> RemoveUnchangedAsync(Digest manifest, IReadOnlyCollection<ImageReference> names, CancellationToken cancellationToken)
    {
        bool removed = false;
        await UpdateAsync(
            entries =>
            {
                List<Descriptor> found = entries.FindAll(entry => entry.Digest == manifest);
                removed = found.Count > 0 && found.Select(NameOf).OfType<ImageReference>().All(names.Contains);
                if (removed)
                {
                    entries.RemoveAll(found.Contains);
                }
            },
            cancellationToken).ConfigureAwait(false);
        return removed;
    }

    /// <summary>Replaces all entries, also of an index that can't be read.</summary>
    public async ValueTask ReplaceAsync(IReadOnlyList<Descriptor> entries, CancellationToken cancellationToken)
    {
        using FileLock held = await FileLock.AcquireAsync(root.LockPath("index"), FileLockMode.Exclusive, time, cancellationToken).ConfigureAwait(false);
        AtomicFile.Write(root, root.IndexFile, new ImageIndex { Manifests = entries }.ToUtf8Json());
    }

    private static void RemoveName(List<Descriptor> entries, ImageReference name)
    {
        int index = entries.FindIndex(entry => name.Equals(NameOf(entry)));
        if (index < 0)
        {
            return;
        }
        Descriptor old = entries[index];
        entries.RemoveAt(index);
        if (entries.TrueForAll(entry => entry.Digest != old.Digest))
        {
            entries.Add(old with { Annotations = new Dictionary<string, string>() });
        }
    }

    private async ValueTask UpdateAsync(Action<List<Descriptor>> change, CancellationToken cancellationToken)
    {
        using FileLock held = await FileLock.AcquireAsync(root.LockPath("index"), FileLockMode.Exclusive, time, cancellationToken).ConfigureAwait(false);
        ImageIndex index = Read();
        List<Descriptor> entries = [.. index.Manifests];
        change(entries);
        AtomicFile.Write(root, root.IndexFile, (index with { Manifests = entries }).ToUtf8Json());
    }
}

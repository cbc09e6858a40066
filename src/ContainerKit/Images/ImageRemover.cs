using ContainerKit.Oci;

namespace ContainerKit.Images;

/// <summary>Takes images, or names of them, out of the catalog by Docker's rules. What they consisted of is left to the sweep.</summary>
/// <param name="catalog">The catalog.</param>
/// <param name="reader">Its images.</param>
internal sealed class ImageRemover(ImageCatalog catalog, ImageReader reader)
{
    /// <summary>Removes an image or a name of it.</summary>
    /// <param name="image">The image.</param>
    /// <param name="name">The name that it was asked for by; null for an id.</param>
    /// <param name="force">True: also with several names, and when containers that don't run use it.</param>
    /// <param name="users">All containers.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The names that are gone, and whether the image is.</returns>
    /// <exception cref="ConflictException">The rules say no; the message says why and what to do.</exception>
    public async ValueTask<(IReadOnlyList<ImageReference> Untagged, bool IsGone)> RemoveAsync(
        Image image, ImageReference? name, bool force, IReadOnlyList<ImageUser> users, CancellationToken cancellationToken)
    {
        IReadOnlyList<Image> all = await reader.ReadAllAsync(cancellationToken).ConfigureAwait(false);

        // The same image may be here with several manifests, when its layers came compressed and not.
        Image[] same = [.. all.Where(other => other.Id == image.Id)];
        ImageReference[] names = [.. same.SelectMany(each => each.References.Concat(each.RepositoryDigests)).Distinct()];
        ImageUser[] containers = [.. users.Where(user => user.ImageId == image.Id.ToString())];
        if (name is not null)
            return await RemoveNameAsync(image, name, names, force, containers, cancellationToken).ConfigureAwait(false);
        if (Array.Find(containers, user => user.Runs) is { } running)
            throw new ConflictException($"The image {image.ShortId} is used by the running container {Show(running)}. Stop and remove that first.");
        if (!force && names.Length > 0 && !HasOneName(names))
            throw new ConflictException($"The image {image.ShortId} has several names: {string.Join(", ", names.Select(each => each.FamiliarString))}. Remove it by one of them, or force it.");
        if (!force && containers is [{ } stopped, ..])
            throw new ConflictException($"The image {image.ShortId} is used by the container {Show(stopped)}. Remove that first, or force it.");
        await catalog.RemoveAsync(same.Select(each => each.ManifestDigest!.Value).ToHashSet(), cancellationToken).ConfigureAwait(false);
        return (names, true);
    }

    private async ValueTask<(IReadOnlyList<ImageReference> Untagged, bool IsGone)> RemoveNameAsync(
        Image image, ImageReference name, ImageReference[] names, bool force, ImageUser[] containers, CancellationToken cancellationToken)
    {
        if (!force && HasOneName(names) && containers is [{ } user, ..])
            throw new ConflictException($"{name.FamiliarString} is the last name of an image that the container {Show(user)} uses. Remove that first, or force it.");
        List<ImageReference> left = [.. names.Where(other => !other.Equals(name))];
        if (name.Digest is null && !left.Exists(other => other.Digest is null && other.Name == name.Name))
            left.RemoveAll(other => other.Name == name.Name);

        // The image of a running container stays, without a name.
        bool keeps = left.Count == 0 && Array.Exists(containers, container => container.Runs);
        if (!await catalog.RemoveNameAsync(name, keeps, cancellationToken).ConfigureAwait(false))
            throw new NotFoundException($"There is no image {name.FamiliarString} any more.");
        bool isGone = !keeps && !(await reader.ReadAllAsync(cancellationToken).ConfigureAwait(false)).Any(other => other.Id == image.Id);
        return ([.. names.Except(left)], isGone);
    }

    /// <summary>Docker's notion of it: one tag at most, and what registries know it by is in the same repository.</summary>
    private static bool HasOneName(ImageReference[] names)
        => names.Count(name => name.Digest is null) <= 1 && names.Select(name => name.Name).Distinct(StringComparer.Ordinal).Count() <= 1;

    private static string Show(ImageUser user) => $"{user.Name} ({user.Id[..Math.Min(12, user.Id.Length)]})";
}

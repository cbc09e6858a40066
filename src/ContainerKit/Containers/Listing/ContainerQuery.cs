using System.Collections.Immutable;
using ContainerKit.Containers.Instances;
using ContainerKit.Containers.Translation;

namespace ContainerKit.Containers.Listing;

/// <summary>Lists containers by filters.</summary>
internal static class ContainerQuery
{
    internal static async Task<IReadOnlyList<ContainerInfo>> RunAsync(ContainerContext context, ContainerListOptions options, CancellationToken cancellationToken)
    {
        FilterSet filters = options.Filters;
        var matcher = new ContainerMatcher(filters);
        if (options.Limit < 1)
            throw new ArgumentException($"Limit '{options.Limit}' is not allowed: expected at least 1, or null for no limit.");
        ContainerInfo? before = await FindAsync(context, filters, "before").ConfigureAwait(false);
        ContainerInfo? since = await FindAsync(context, filters, "since").ConfigureAwait(false);
        List<Ancestor> ancestors = await FindAncestorsAsync(context, filters, cancellationToken).ConfigureAwait(false);

        // What is asked for by its state or its number is asked for whether it runs or not, as in Docker.
        bool runningOnly = options.RunningOnly && options.Limit is null && !filters.Contains("status");
        List<ContainerInfo> found = [];
        foreach (ContainerInfo info in await ContainerLookup.ListAsync(context, cancellationToken).ConfigureAwait(false))
        {
            bool runs = info.Status is ContainerStatus.Running or ContainerStatus.Paused or ContainerStatus.Restarting;
            if ((runningOnly && !runs) || (before is not null && !Precedes(info, before)) || (since is not null && !Precedes(since, info)))
                continue;
            ContainerImage? image = filters.Contains("ancestor") || filters.Contains("expose") ? ReadImage(context, info.Id) : null;
            if (matcher.IsMatch(info, image) && (!filters.Contains("ancestor") || ancestors.Exists(ancestor => ancestor.IsOf(info, image, context.Paths.DataRoot))))
                found.Add(info);
        }

        return options.Limit is int limit ? found[^Math.Min(limit, found.Count)..] : found;
    }

    private static bool Precedes(ContainerInfo first, ContainerInfo second) => first.Id != second.Id && first.CreatedAt < second.CreatedAt;

    private static async Task<ContainerInfo?> FindAsync(ContainerContext context, FilterSet filters, string name)
    {
        if (filters[name].Count == 0)
            return null;
        string value = filters[name].First();
        ContainerInstance? instance = value.Length == 0 ? null : await ContainerLookup.FindAsync(context, value).ConfigureAwait(false);
        return instance?.GetInfo() ?? throw new NotFoundException($"There is no container '{value}', which the filter {name} names.");
    }

    private static async Task<List<Ancestor>> FindAncestorsAsync(ContainerContext context, FilterSet filters, CancellationToken cancellationToken)
    {
        List<Ancestor> ancestors = [];
        foreach (string value in filters["ancestor"])
        {
            try
            {
                ancestors.Add(new Ancestor(value, await context.Images.ResolveAsync(value, cancellationToken).ConfigureAwait(false)));
            }
            catch (NotFoundException)
            {
                // Its containers may be there all the same: they know what they were made of.
                ancestors.Add(new Ancestor(value, null));
            }
        }

        return ancestors;
    }

    private static ContainerImage? ReadImage(ContainerContext context, string id)
        => context.Instances.TryGetValue(id, out ContainerInstance? known) ? known.Config.Image : ContainerFiles.ReadConfig(context.Paths.DirectoryOf(id))?.Image;

    /// <summary>An image, by what was asked for and as far as it is present.</summary>
    private sealed record Ancestor(string Text, ContainerImage? Image)
    {
        /// <summary>Whether the container's image is this one, or was made of it: then its layers lie on all of this one's.</summary>
        internal bool IsOf(ContainerInfo info, ContainerImage? image, string dataRoot)
        {
            if (info.Spec.Image == Text || info.ImageId == Text || info.ImageId == Image?.Id)
                return true;
            if (Image is null || image is null || Image.LayerDirectories.Length > image.LayerDirectories.Length)
                return false;
            ImmutableArray<string> own = image.LayerDirectories[^Image.LayerDirectories.Length..];
            return own.Zip(Image.LayerDirectories).All(pair => Path.Combine(dataRoot, pair.First) == Path.Combine(dataRoot, pair.Second));
        }
    }
}

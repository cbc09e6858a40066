using System.Collections.Frozen;
using System.IO.Enumeration;
using ContainerKit.Filters;

namespace ContainerKit.Containers.Listing;

/// <summary>Removes containers that don't run.</summary>
internal static class ContainerPruning
{
    private static readonly FrozenSet<string> Known = FrozenSet.Create(StringComparer.Ordinal, "until", "label", "label!");

    internal static async Task<ContainerPruneReport> RunAsync(ContainerContext context, FilterSet filters, CancellationToken cancellationToken)
    {
        FilterRules.RequireKnown(filters, Known);
        DateTimeOffset? until = FilterRules.Moment(filters, "until", context.Time);
        List<string> removed = [];
        long space = 0;
        foreach (ContainerInfo info in await ContainerLookup.ListAsync(context, cancellationToken).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool wanted = info.Status is ContainerStatus.Created or ContainerStatus.Exited
                && (until is null || info.CreatedAt <= until)
                && FilterRules.HasLabels(info.Labels, filters["label"])
                && FilterRules.LacksLabels(info.Labels, filters["label!"]);
            if (!wanted)
                continue;
            long size = Measure(context.Paths.DirectoryOf(info.Id));
            if (await TryRemoveAsync(context, info.Id, cancellationToken).ConfigureAwait(false))
            {
                removed.Add(info.Id);
                space += size;
            }
        }

        return new ContainerPruneReport(removed, new ByteSize(space));
    }

    /// <summary>False for one that was started or removed meanwhile, or that another process works with.</summary>
    private static async Task<bool> TryRemoveAsync(ContainerContext context, string id, CancellationToken cancellationToken)
    {
        try
        {
            if (await ContainerLookup.FindAsync(context, id).ConfigureAwait(false) is not { Config.HandleOwned: false } instance)
                return false;
            await instance.RemoveAsync(force: false, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is NotFoundException or InvalidStateException or ConflictException)
        {
            return false;
        }
    }

    private static long Measure(string directory)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.None };
        try
        {
            // The tree is the container's: links are not followed, they could lead anywhere.
            return new FileSystemEnumerable<long>(directory, (ref FileSystemEntry entry) => IsLink(ref entry) || entry.IsDirectory ? 0 : entry.Length, options)
            {
                ShouldRecursePredicate = (ref FileSystemEntry entry) => !IsLink(ref entry),
            }.Sum();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0; // it is being removed
        }
    }

    private static bool IsLink(ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) != 0;
}

using System.Collections.Frozen;
using ContainerKit.Filters;
using ContainerKit.Linux.Io;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage;
using ContainerKit.Storage.Ownership;

namespace ContainerKit.Builds.Cache;

/// <summary>Empties the build cache, and measures it.</summary>
internal static class BuildCachePruning
{
    private static readonly FrozenSet<string> Known = FrozenSet.Create(StringComparer.Ordinal, "until");

    /// <summary>Forgets steps and cache mounts that were not used since a time, and frees what nothing else needs.</summary>
    public static async Task<BuildCachePruneReport> RunAsync(ImageCollection images, BuildCache cache, FilterSet filters, CancellationToken cancellationToken)
    {
        FilterRules.RequireKnown(filters, Known);
        DateTimeOffset? until = FilterRules.Moment(filters, "until", images.Time);
        int steps = 0;
        long bytes = 0;
        using (FileLock held = await images.HoldContentAsync(cancellationToken).ConfigureAwait(false))
        {
            images.RequestSweep();
            foreach ((string key, _, DateTimeOffset lastUsed) in cache.List())
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (until is null || lastUsed <= until)
                {
                    bytes += cache.Remove(key);
                    steps++;
                }
            }
            bytes += await RemoveMountsAsync(images, cache, until, cancellationToken).ConfigureAwait(false);
        }
        bytes += await images.SweepAsync(cancellationToken).ConfigureAwait(false);
        return new BuildCachePruneReport(steps, new ByteSize(bytes));
    }

    /// <summary>Bytes of the layers that the cache keeps, each counted once, and of the cache mounts.</summary>
    public static async Task<(long Layers, long Mounts)> MeasureAsync(ImageCollection images, BuildCache cache, CancellationToken cancellationToken)
    {
        long layers = cache.List().Where(each => each.Step.Layer is not null).DistinctBy(each => each.Step.Layer).Sum(each => each.Step.Size);
        long mounts = 0;
        foreach (string directory in cache.ListMounts())
        {
            mounts += await MeasureAsync(images, directory, cancellationToken).ConfigureAwait(false);
        }
        return (layers, mounts);
    }

    private static async Task<long> RemoveMountsAsync(ImageCollection images, BuildCache cache, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        long bytes = 0;
        foreach (string directory in cache.ListMounts())
        {
            using FileLock? taken = BuildCache.TryLockMount(directory);
            if (taken is null || (until is { } limit && File.GetLastWriteTimeUtc(directory + ".lock") > limit.UtcDateTime))
            {
                continue; // a build uses it, or has used it
            }
            bytes += await MeasureAsync(images, directory, cancellationToken).ConfigureAwait(false);
            await OwnedTreeRemover.RemoveAsync(directory, images.Layers.Ownership, cancellationToken).ConfigureAwait(false);
            File.Delete(directory + ".make");
            taken.RemoveFile();
        }
        return bytes;
    }

    private static async Task<long> MeasureAsync(ImageCollection images, string directory, CancellationToken cancellationToken)
    {
        using RootedDirectory opened = await images.Layers.OpenAsync(directory, cancellationToken).ConfigureAwait(false);
        return TreeSize.Measure(opened, cancellationToken);
    }
}

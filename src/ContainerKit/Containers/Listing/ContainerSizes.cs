using ContainerKit.Containers.State;
using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage;

namespace ContainerKit.Containers.Listing;

/// <summary>What containers take of the disk.</summary>
internal static class ContainerSizes
{
    /// <summary>Measures all containers. One that is removed meanwhile has nothing.</summary>
    /// <param name="context">The containers.</param>
    /// <param name="open">Opens a directory with all rights over its files.</param>
    /// <param name="cancellationToken">Stops.</param>
    internal static async Task<IReadOnlyList<ContainerDiskUsage>> MeasureAsync(
        ContainerContext context, Func<string, CancellationToken, ValueTask<RootedDirectory>> open, CancellationToken cancellationToken)
    {
        List<ContainerDiskUsage> usage = [];
        foreach (ContainerInfo info in await ContainerLookup.ListAsync(context, cancellationToken).ConfigureAwait(false))
        {
            string directory = context.Paths.DirectoryOf(info.Id);
            usage.Add(new ContainerDiskUsage(
                info,
                await MeasureTreeAsync(ContainerPaths.Upper(directory), open, cancellationToken).ConfigureAwait(false),
                MeasureLogs(directory, Path.GetFileName(info.LogPath))));
        }

        return usage;
    }

    private static async ValueTask<long> MeasureTreeAsync(
        string path, Func<string, CancellationToken, ValueTask<RootedDirectory>> open, CancellationToken cancellationToken)
    {
        try
        {
            using RootedDirectory tree = await open(path, cancellationToken).ConfigureAwait(false);
            return TreeSize.Measure(tree, cancellationToken);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOENT)
        {
            return 0;
        }
    }

    private static long MeasureLogs(string directory, string log)
    {
        try
        {
            // Older ones have a number behind the name.
            return new DirectoryInfo(directory).EnumerateFiles(log + "*").Sum(file => file.Length);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return 0;
        }
    }
}

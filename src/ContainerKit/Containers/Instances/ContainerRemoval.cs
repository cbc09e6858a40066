using ContainerKit.Containers.State;

namespace ContainerKit.Containers.Instances;

/// <summary>Deletes a container's directory; whoever calls has its lock.</summary>
internal static class ContainerRemoval
{
    /// <summary>Renames the directory, so that from here on nobody takes it for a container. Returns where it is now.</summary>
    internal static string Hide(ContainerPaths paths, string id)
    {
        string hidden = paths.RemovingDirectoryOf(id);
        Directory.Move(paths.DirectoryOf(id), hidden);
        return hidden;
    }

    /// <summary>Deletes what <see cref="Hide"/> left; can be repeated after a failure.</summary>
    internal static async Task DeleteAsync(ContainerContext context, string hidden)
    {
        // The directories hold what the container made: hostile names, files of mapped users.
        foreach (string path in Directory.GetDirectories(hidden))
            await context.Runtime.RemoveTreeAsync(path, CancellationToken.None).ConfigureAwait(false);
        await ContainerVolumes.RemoveOwnAsync(context, hidden).ConfigureAwait(false);
        foreach (string path in Directory.GetFiles(hidden))
            File.Delete(path);
        Directory.Delete(hidden);
    }
}

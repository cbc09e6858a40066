using ContainerKit.Containers.Instances;
using ContainerKit.Linux.Io;

namespace ContainerKit.Containers.State;

/// <summary>Makes the directory of a container.</summary>
internal static class ContainerDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The upper directory's mode is that of the container's /.</summary>
    private const UnixFileMode RootDirectoryMode = OwnerOnly
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>A new id and its directory, locked.</summary>
    /// <param name="directoryOf">Where the directory of an id is.</param>
    internal static (string Id, FileLock Lock) Create(Func<string, string> directoryOf)
    {
        while (true)
        {
            string id = ContainerId.Create();
            string directory = directoryOf(id);
            Directory.CreateDirectory(directory, OwnerOnly);
            if (OwnerLock.TryAcquire(directory) is FileLock taken)
                return (id, taken);

            // Another process's recovery came between the two calls, takes the directory for a leftover and removes it.
        }
    }

    /// <summary>The writable layer, and what the overlay works with.</summary>
    internal static void MakeLayers(string directory)
    {
        Directory.CreateDirectory(ContainerPaths.Upper(directory));
        File.SetUnixFileMode(ContainerPaths.Upper(directory), RootDirectoryMode); // whatever the umask is
        Directory.CreateDirectory(ContainerPaths.Work(directory), OwnerOnly);
    }
}

using System.Globalization;

namespace ContainerKit.Benchmarks.Machine;

/// <summary>Removes what runs left that were killed: their daemons, containers, mounts, cgroups and files.</summary>
internal static class AbandonedWorkspaces
{
    /// <summary>Finds workspaces whose process is gone and removes them.</summary>
    public static async Task RemoveAsync(CancellationToken cancellationToken)
    {
        foreach (var root in Directory.GetDirectories(Path.GetTempPath(), Workspace.NamePrefix + "*"))
        {
            if (IsInUse(root) || !await BelongsToUsAsync(root, cancellationToken))
                continue;
            Console.WriteLine($"removing what an earlier run left: {root}");
            await Workspace.Adopt(root).DisposeAsync();
        }
    }

    private static bool IsInUse(string root)
    {
        var id = Path.GetFileName(root)[Workspace.NamePrefix.Length..].Split('-')[0];
        return !int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var process)
            || ProcessTable.NameOf(process).Length > 0;
    }

    /// <summary>Anybody can make a directory of such a name in /tmp, and root is about to kill and delete by it.</summary>
    private static async Task<bool> BelongsToUsAsync(string root, CancellationToken cancellationToken)
    {
        var owners = await new ExternalCommand("/usr/bin/stat", "--format", "%u", root, "/proc/self").CaptureSuccessAsync(cancellationToken);
        return owners.Split('\n') is [var directory, var us] && directory == us
            && File.GetUnixFileMode(root) == (UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}

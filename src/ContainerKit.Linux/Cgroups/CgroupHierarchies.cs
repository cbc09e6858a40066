using System.Text;
using ContainerKit.Linux.Cgroups.Controllers;

namespace ContainerKit.Linux.Cgroups;

/// <summary>A mounted hierarchy and where this process is in it.</summary>
/// <param name="Root">The mount point; may be below the hierarchy's root (in a container).</param>
/// <param name="Own">This process's cgroup, or null where the mount does not show it.</param>
internal sealed record CgroupHierarchy(CgroupDirectory Root, CgroupDirectory? Own);

/// <summary>The hierarchies that a process sees: /proc/self/mountinfo (proc_pid_mountinfo(5)) and /proc/self/cgroup (cgroups(7)).</summary>
/// <param name="Unified">The version 2 hierarchy, or null.</param>
/// <param name="Legacy">The version 1 hierarchies by controller; several controllers may share one.</param>
internal sealed record CgroupHierarchies(CgroupHierarchy? Unified, IReadOnlyDictionary<CgroupController, CgroupHierarchy> Legacy)
{
    /// <summary>Version 2 where no controller that limits resources is bound to version 1.</summary>
    internal CgroupVersion Version
        => ResourceController.All.Any(controller => Legacy.ContainsKey(controller.Kind)) ? CgroupVersion.V1
            : Unified is not null ? CgroupVersion.V2
            : CgroupVersion.None;

    internal static CgroupHierarchies ReadCurrent()
        => Parse(File.ReadAllText("/proc/self/mountinfo"), File.ReadAllText("/proc/self/cgroup"));

    internal static CgroupHierarchies Parse(string mountInfo, string ownCgroups)
    {
        CgroupHierarchy? unified = null;
        Dictionary<CgroupController, CgroupHierarchy> legacy = [];
        foreach (string line in mountInfo.Split('\n'))
        {
            if (Mount.Parse(line) is not { } mount)
                continue;

            // A hierarchy can be mounted many times (containers on this host); the usual place wins, then the first.
            if (mount.FileSystem == "cgroup2" && (unified is null || IsBetter(mount, unified)))
                unified = mount.ToHierarchy(CgroupVersion.V2, OwnPath(ownCgroups, null));
            if (mount.FileSystem != "cgroup")
                continue;

            foreach (CgroupController controller in Enum.GetValues<CgroupController>())
            {
                string name = ResourceController.KernelName(controller);
                if (!mount.SuperOptions.Contains(name))
                    continue;
                if (!legacy.TryGetValue(controller, out CgroupHierarchy? known) || IsBetter(mount, known))
                    legacy[controller] = mount.ToHierarchy(CgroupVersion.V1, OwnPath(ownCgroups, name));
            }
        }

        return new CgroupHierarchies(unified, legacy);
    }

    private static bool IsBetter(Mount mount, CgroupHierarchy known) => IsUsualPlace(mount.MountPoint) && !IsUsualPlace(known.Root.Path);

    private static bool IsUsualPlace(string path) => path.StartsWith("/sys/fs/cgroup", StringComparison.Ordinal);

    /// <summary>The path after the second colon of <c>4:memory:/user</c>, or of <c>0::/user</c> for version 2.</summary>
    private static string? OwnPath(string ownCgroups, string? controller)
    {
        foreach (string line in ownCgroups.Split('\n'))
        {
            string[] fields = line.Split(':', 3);
            if (fields.Length == 3 && (controller is null ? fields is ["0", "", _] : fields[1].Split(',').Contains(controller)))
                return fields[2];
        }

        return null;
    }

    private sealed record Mount(string Root, string MountPoint, string FileSystem, string[] SuperOptions)
    {
        /// <summary><c>36 35 98:0 /root /mount/point options [optional fields] - type source super-options</c></summary>
        internal static Mount? Parse(string line)
        {
            string[] fields = line.Split(' ');
            int separator = Array.IndexOf(fields, "-", Math.Min(6, fields.Length));
            return separator < 0 || fields.Length < separator + 4
                ? null
                : new Mount(Unescape(fields[3]), Unescape(fields[4]), fields[separator + 1], fields[separator + 3].Split(','));
        }

        internal CgroupHierarchy ToHierarchy(CgroupVersion version, string? ownPath)
        {
            CgroupDirectory root = new(MountPoint, version);
            return new CgroupHierarchy(root, ownPath is null ? null : Locate(root, ownPath));
        }

        private CgroupDirectory? Locate(CgroupDirectory root, string ownPath)
        {
            string prefix = Root == "/" ? "" : Root;

            // Outside of the cgroup namespace's root the kernel writes /../x; a cgroup removed under us ends in " (deleted)".
            bool isVisible = ownPath == Root || ownPath.StartsWith(prefix + "/", StringComparison.Ordinal);
            if (!isVisible || ownPath.Split('/').Contains(".."))
                return null;

            string relative = ownPath[prefix.Length..].Trim('/');
            return relative.Length == 0 ? root : root.Child(relative);
        }

        /// <summary>Space, tab, newline and backslash are written as a backslash and three octal digits.</summary>
        private static string Unescape(string field)
        {
            if (!field.Contains('\\', StringComparison.Ordinal))
                return field;

            StringBuilder text = new(field.Length);
            for (int i = 0; i < field.Length; i++)
            {
                if (field[i] == '\\' && i + 3 < field.Length && TryOctal(field.AsSpan(i + 1, 3), out char character))
                {
                    text.Append(character);
                    i += 3;
                }
                else
                {
                    text.Append(field[i]);
                }
            }

            return text.ToString();
        }

        private static bool TryOctal(ReadOnlySpan<char> digits, out char character)
        {
            character = '\0';
            foreach (char digit in digits)
            {
                if (digit is < '0' or > '7')
                    return false;
                character = (char)(character * 8 + (digit - '0'));
            }

            return true;
        }
    }
}

using ContainerKit.Linux.Cgroups.Controllers;

namespace ContainerKit.Linux.Cgroups;

/// <summary>The version 1 cgroups, one per hierarchy, that hold ours.</summary>
internal sealed class LegacyParents(IReadOnlyDictionary<CgroupController, CgroupHierarchy> hierarchies, CgroupHostOptions options)
{
    private readonly string[] _path = options.Parent.Split('/', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The parents, each hierarchy once.</summary>
    internal IEnumerable<CgroupDirectory> All
        => hierarchies.Values.Select(hierarchy => hierarchy.Root).Distinct().Select(root => Chain(root)[^1]);

    internal string? MountPoint(CgroupController controller)
        => hierarchies.TryGetValue(controller, out CgroupHierarchy? found) ? found.Root.Path : null;

    /// <summary>Null when cgroups can be made in the controller's hierarchy.</summary>
    internal string? WhyUnusable(CgroupController controller)
    {
        string name = ResourceController.KernelName(controller);
        if (!hierarchies.TryGetValue(controller, out CgroupHierarchy? hierarchy))
            return $"the {name} controller is not mounted (the kernel lacks it, or disables it on its command line).";

        CgroupDirectory existing = Chain(hierarchy.Root).Last(directory => directory.Exists);
        return existing.IsWritable() ? null
            : $"{existing.Path} is not writable: limits on a host with version 1 of cgroups need root; those of version 2 can be delegated to a user "
                + "(systemd.unified_cgroup_hierarchy=1 on the kernel's command line).";
    }

    /// <summary>The directory of <paramref name="id"/> in the controller's hierarchy; not made.</summary>
    internal CgroupDirectory Locate(CgroupController controller, string id) => Chain(hierarchies[controller].Root)[^1].Child(id);

    /// <summary>Makes the directory of <paramref name="id"/>; EEXIST when there is one.</summary>
    internal CgroupDirectory Make(CgroupController controller, string id)
    {
        CgroupDirectory[] chain = Chain(hierarchies[controller].Root);
        MakeParents();
        CgroupDirectory made = chain[^1].Child(id);
        try
        {
            made.Make();
        }
        catch (LinuxException error) when (error.Errno == Errno.ENOENT)
        {
            // Another process removed the empty parent.
            MakeParents();
            made.Make();
        }

        PrepareLegacy(made);
        return made;

        void MakeParents()
        {
            // Prepared even when it existed: another process may be between making and preparing it.
            foreach (CgroupDirectory directory in chain.Skip(1))
            {
                if (!directory.Exists)
                    directory.MakeIfMissing();
                PrepareLegacy(directory);
            }
        }

        void PrepareLegacy(CgroupDirectory directory)
        {
            // Controllers that share the hierarchy (cpu,cpuset) come with the directory, whichever of them was asked for.
            foreach (ResourceController resource in ResourceController.All)
            {
                if (hierarchies.TryGetValue(resource.Kind, out CgroupHierarchy? other) && other.Root == hierarchies[controller].Root)
                    resource.PrepareLegacy(directory);
            }
        }
    }

    private CgroupDirectory[] Chain(CgroupDirectory root)
    {
        List<CgroupDirectory> chain = [root];
        foreach (string name in _path)
            chain.Add(chain[^1].Child(name));
        return [.. chain];
    }
}

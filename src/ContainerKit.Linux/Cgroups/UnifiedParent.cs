using ContainerKit.Linux.Cgroups.Controllers;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Cgroups;

/// <summary>
/// The version 2 cgroup that holds all of ours, and the one that it is in (its base): the hierarchy's root for root, a delegated cgroup
/// otherwise. Finding it changes nothing; <see cref="Prepare"/> does.
/// </summary>
/// <remarks>
/// cgroups(7), "no internal processes": controllers can be enabled for the children of a cgroup only while the cgroup itself holds no
/// process (the real root is exempt). A delegated cgroup usually holds at least this process, so that is moved into a leaf beside ours.
/// "Delegation containment": a process is moved, or cloned into a cgroup, only by somebody who can write cgroup.procs of the common
/// ancestor. Bases are therefore looked for among this process's own ancestors.
/// </remarks>
internal sealed class UnifiedParent
{
    private const int MoveRounds = 32;

    private readonly CgroupDirectory? _own;
    private readonly IReadOnlyList<CgroupDirectory> _chain;

    private UnifiedParent(CgroupDirectory top, string[] path, CgroupDirectory? own)
    {
        _own = own;
        List<CgroupDirectory> chain = [top];
        foreach (string name in path)
            chain.Add(chain[^1].Child(name));
        _chain = chain;
    }

    /// <summary>Holds a directory for each id.</summary>
    internal CgroupDirectory Directory => _chain[^1];

    internal CgroupDirectory Base => _chain[^2];

    private CgroupDirectory HostLeaf => Base.Child(Path.GetFileName(Directory.Path) + "-host");

    /// <summary>Finds the parent, or null and what to do about it.</summary>
    internal static UnifiedParent? Find(CgroupHierarchy hierarchy, CgroupHostOptions options, out string? reason)
    {
        reason = null;
        string[] path = options.Parent.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (options.Parent.StartsWith('/'))
            return FindAbsolute(hierarchy, options, path, out reason);
        if (IsDelegated(hierarchy.Root))
            return new UnifiedParent(hierarchy.Root, path, hierarchy.Own);

        CgroupDirectory? delegated = FindDelegated(hierarchy);
        if (delegated is not null)
            return new UnifiedParent(delegated, path, hierarchy.Own);

        string own = hierarchy.Own?.Path ?? "outside of " + hierarchy.Root.Path;
        reason = $"no cgroup was delegated to this process (its own is {own}). Start it with \"systemd-run --user --scope -p Delegate=yes "
            + "<command>\" (once before, for sessions without a user manager: \"loginctl enable-linger\"), or as root.";
        return null;
    }

    /// <summary>Null when the controller can be enabled for our cgroups.</summary>
    internal string? WhyUnusable(CgroupController controller)
    {
        string name = ResourceController.UnifiedName(controller);
        if (_chain.Any(directory => directory.IsWritable("cgroup.subtree_control") && directory.ReadWords("cgroup.controllers").Contains(name)))
            return null;

        CgroupDirectory known = _chain.Last(directory => directory.Exists);
        string available = string.Join(' ', known.ReadWords("cgroup.controllers"));
        return $"the {name} controller is not available in {known.Path} (available: {(available.Length == 0 ? "none" : available)}). It has to "
            + "be enabled in the cgroup.subtree_control files above; for a systemd user manager that is \"Delegate=cpu cpuset io memory pids\" "
            + "in a drop-in of user@.service.";
    }

    /// <summary>Makes the parent and enables what it can of <paramref name="controllers"/>; those that failed, with the reason.</summary>
    internal Dictionary<CgroupController, string> Prepare(IEnumerable<CgroupController> controllers)
    {
        Dictionary<CgroupController, string> failed = [];
        foreach (CgroupDirectory directory in _chain)
        {
            if (!directory.Exists)
                directory.MakeIfMissing();
            foreach (CgroupController controller in controllers)
            {
                if (!failed.ContainsKey(controller) && Enable(directory, ResourceController.UnifiedName(controller)) is { } failure)
                    failed.Add(controller, failure);
            }
        }

        return failed;
    }

    private static UnifiedParent? FindAbsolute(CgroupHierarchy hierarchy, CgroupHostOptions options, string[] path, out string? reason)
    {
        UnifiedParent parent = new(hierarchy.Root, path, hierarchy.Own);
        CgroupDirectory existing = parent._chain.Last(directory => directory.Exists);
        reason = IsDelegated(existing) ? null : $"{nameof(CgroupHostOptions.Parent)} {options.Parent}: {existing.Path} is not writable.";
        return reason is null ? parent : null;
    }

    private static CgroupDirectory? FindDelegated(CgroupHierarchy hierarchy)
    {
        if (hierarchy.Own is not { } own)
            return null;
        if (IsDelegated(own) && HasDelegateMark(own))
            return own;

        // A terminal's or session's scope is inside a slice of the user manager that has no processes of its own: nothing has to move.
        for (CgroupDirectory? ancestor = Above(own, hierarchy.Root); ancestor is not null; ancestor = Above(ancestor, hierarchy.Root))
        {
            if (IsDelegated(ancestor) && ancestor.ReadWords("cgroup.procs").Length == 0)
                return ancestor;
        }

        return IsDelegated(own) ? own : null;
    }

    private static CgroupDirectory? Above(CgroupDirectory directory, CgroupDirectory root)
        => directory.Path == root.Path ? null : directory with { Path = Path.GetDirectoryName(directory.Path)! };

    /// <summary>The three that cgroups(7) lists under "Delegating a hierarchy"; a domain that turned threaded can't hold ours.</summary>
    private static bool IsDelegated(CgroupDirectory directory)
        => directory.IsWritable() && directory.IsWritable("cgroup.procs") && directory.IsWritable("cgroup.subtree_control")
            && directory.ReadIfExists("cgroup.type")?.Trim() is null or "domain";

    /// <summary>systemd marks what it delegates since version 251, systemd.resource-control(5).</summary>
    private static unsafe bool HasDelegateMark(CgroupDirectory directory)
    {
        byte value = 0;
        return LibC.Cgroups.getxattr(directory.Path, "user.delegate", &value, 1) == 1 && value == (byte)'1';
    }

    private string? Enable(CgroupDirectory directory, string controller)
    {
        if (directory.ReadWords("cgroup.subtree_control").Contains(controller))
            return null;

        Errno error = directory.TryWrite("cgroup.subtree_control", "+" + controller);
        for (int round = 0; error == Errno.EBUSY && round < MoveRounds && directory.Path == _own?.Path; round++)
        {
            // Processes may fork while they are moved, so this repeats until the kernel finds none.
            MoveProcesses(directory, HostLeaf);
            error = directory.TryWrite("cgroup.subtree_control", "+" + controller);
        }

        return error switch
        {
            Errno.None => null,
            Errno.EBUSY => $"{directory.Path} holds processes, so controllers can't be enabled below it "
                + "(cgroups(7), \"no internal processes\").",
            _ => new LinuxException($"write \"+{controller}\"", error, directory.File("cgroup.subtree_control")).Message,
        };
    }

    private static void MoveProcesses(CgroupDirectory from, CgroupDirectory to)
    {
        to.MakeIfMissing();
        foreach (string process in from.ReadWords("cgroup.procs"))
        {
            // 0 is a process of an outer PID namespace (writing it would mean ourselves); ESRCH is one that ended meanwhile.
            if (process != "0" && to.TryWrite("cgroup.procs", process) is var error and not (Errno.None or Errno.ESRCH))
                throw new LinuxException($"write \"{process}\"", error, to.File("cgroup.procs"));
        }
    }
}

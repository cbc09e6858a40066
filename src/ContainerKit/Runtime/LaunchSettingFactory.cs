using System.Collections.Immutable;
using ContainerKit.Linux;
using ContainerKit.Linux.Cgroups;
using ContainerKit.Linux.Namespaces;
using ContainerKit.Linux.Security;
using ContainerKit.Runtime.Devices;
using ContainerKit.Runtime.Namespaces;
using ContainerKit.Runtime.Processes;
using ContainerKit.Runtime.Protection;
using ContainerKit.Storage;

namespace ContainerKit.Runtime;

/// <summary>
/// Decides everything that depends on the image, the machine and the user before a launch: names become numbers, paths lose their links,
/// privileges are cut to what this process has. A launch program is straight-line because of it.
/// </summary>
internal sealed class LaunchSettingFactory(UserNamespace? userNamespace, CgroupHost cgroups, DataRoot dataRoot, bool isRemapped = false)
{
    private readonly SeccompFilters _filters = new();

    /// <summary>As root the bounding set limits what a new process can have; in a user namespace of its own it has everything.</summary>
    private readonly CapabilitySet _available = userNamespace is null ? CapabilitySet.ReadCurrent().Bounding : CapabilitySet.All;

    /// <summary>The setting of a container's first process.</summary>
    internal LaunchSetting ForRun(RuntimeSpec spec, Cgroup? cgroup, DescriptorTable descriptors)
    {
        NamespacePlan namespaces = NamespacePlanner.Create(spec.Namespaces, userNamespace?.Handle, descriptors);
        CheckNamespaces(spec, namespaces);
        ImmutableArray<DeviceNode> devices = FindDevices(spec);
        using MergedView view = new([spec.Root.Upper, .. spec.Root.Lower]);
        string? hidden = spec.Root.Lower.Select(InsideOf).FirstOrDefault(p => p is not null);
        return ForProcess(spec.Process, spec.Privileged, view, cgroup, descriptors) with
        {
            Namespaces = namespaces,
            MountPoint = dataRoot.MountPoint,
            HiddenDirectory = hidden,

            // A layer inside of another one is refused (ELOOP); a view of the directory that holds the data root has mount points of its own.
            MountPointLayer = hidden is null ? dataRoot.MountPointLayer : null,
            Devices = devices,
            Mounts = [.. Mounts(spec, devices).Select(m => m with { Target = ResolveTarget(m, view) })],
            CgroupMounts = cgroup is null ? [] : CgroupMounts(cgroup),
        };
    }

    /// <summary>What is known before there is a container.</summary>
    internal LaunchSetting ForPreparation(Cgroup? cgroup, DescriptorTable descriptors) => new()
    {
        UserNamespace = userNamespace is null ? null : descriptors.Add(userNamespace.Handle),
        SingleId = userNamespace?.Map.IsSingle == true,
        Cgroup = cgroup?.DirectoryHandle is { } directory ? descriptors.Add(directory) : null,
        CgroupProcesses = cgroup is null ? [] : [.. cgroup.ProcsFiles],
        CgroupMounts = cgroup is null ? [] : CgroupMounts(cgroup),
        MountPoint = dataRoot.MountPoint,
        User = UserResolver.Resolve("", [], (_, _) => null),
        Capabilities = CapabilitySet.Default,
        Available = _available,
        Environment = [],
        WorkingDirectory = "/",
    };

    /// <summary>The setting of a further process.</summary>
    internal LaunchSetting ForExec(RuntimeExecSpec spec, Cgroup? cgroup, DescriptorTable descriptors)
    {
        using MergedView view = new(spec.RootDirectories);
        return ForProcess(spec.Process, spec.Privileged, view, cgroup, descriptors);
    }

    private LaunchSetting ForProcess(RuntimeProcess process, bool privileged, MergedView view, Cgroup? cgroup, DescriptorTable descriptors)
    {
        ResolvedUser user = UserResolver.Resolve(process.User, process.AdditionalGroups, view.ReadAllText);
        CheckMapped(user, process);
        CapabilitySet capabilities = Capabilities(process, privileged);
        return new LaunchSetting
        {
            UserNamespace = userNamespace is null ? null : descriptors.Add(userNamespace.Handle),
            Remap = isRemapped ? userNamespace!.Map.Users[0] : null,
            SingleId = userNamespace?.Map.IsSingle == true,
            Cgroup = cgroup?.DirectoryHandle is { } directory ? descriptors.Add(directory) : null,
            CgroupProcesses = cgroup is null ? [] : [.. cgroup.ProcsFiles],
            User = user,
            Capabilities = capabilities,
            Available = _available,
            Seccomp = process.SeccompProfile == SeccompFilters.Unconfined || (privileged && process.SeccompProfile is null)
                ? null
                : _filters.Get(process.SeccompProfile, capabilities),
            Environment = Environment(process, user),
            WorkingDirectory = ResolveWorkingDirectory(process.WorkingDirectory, view),
        };
    }

    /// <summary>The nodes of a spec's devices, all of the machine's for a privileged container.</summary>
    internal static ImmutableArray<DeviceNode> FindDevices(RuntimeSpec spec)
    {
        List<DeviceNode> nodes = [];
        foreach (RuntimeDevice device in spec.Devices)
        {
            ImmutableArray<DeviceNode> found = HostDevices.Find(device.HostPath, device.Path, device.Access);
            nodes.AddRange(found.IsEmpty
                ? throw new ContainerStartException("devices", 125, $"The device {device.HostPath} can't be given to the container: it is neither a device nor a directory with some.")
                : found);
        }

        if (spec.Privileged)
        {
            nodes.AddRange(HostDevices.FindAll());
        }

        return [.. nodes.DistinctBy(node => node.Path)];
    }

    /// <summary>A device outside of /dev is mounted, as everything that comes from the host and goes into the image's directories.</summary>
    private IEnumerable<RuntimeMount> Mounts(RuntimeSpec spec, ImmutableArray<DeviceNode> devices)
    {
        foreach (RuntimeBind bind in spec.Mounts.OfType<RuntimeBind>())
        {
            if (bind.CreateSource && !Path.Exists(bind.Source))
            {
                Directory.CreateDirectory(bind.Source);
            }

            if (userNamespace is not null && !isRemapped && bind.Propagation == Linux.Mounts.MountFlags.MS_SHARED)
            {
                throw new UnsupportedException($"The bind of {bind.Source} can't be shared with the host: mounts of an ordinary user's container never reach the host. Use slave, or run as root.");
            }
        }

        return spec.Mounts.Concat(devices.Where(d => !d.IsInDev).Select(d => new RuntimeBind(d.HostPath, d.Path, ReadOnly: false)));
    }

    /// <summary>Where the data root is in a container that has a directory of this machine as its root; null when it is not there.</summary>
    private string? InsideOf(string directory)
    {
        string prefix = directory == "/" ? directory : directory + "/";
        return dataRoot.Path.StartsWith(prefix, StringComparison.Ordinal) ? "/" + dataRoot.Path[prefix.Length..] : null;
    }

    private static ImmutableArray<string> Environment(RuntimeProcess process, ResolvedUser user)
        => process.Environment.Any(e => e.StartsWith("HOME=", StringComparison.Ordinal)) ? process.Environment : process.Environment.Add("HOME=" + user.Home);

    /// <summary>Links that a volume brings are resolved later by the kernel, inside the container's root; this follows those of the image.</summary>
    private static string ResolveWorkingDirectory(string path, MergedView view)
    {
        try
        {
            return path == "/" ? path : view.Resolve(path).Path;
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOTDIR or Errno.EACCES)
        {
            return path;
        }
        catch (LinuxException e)
        {
            throw new ContainerStartException("working directory", 125, $"The working directory {path} can't be used: {e.Message}", e);
        }
    }

    private static string ResolveTarget(RuntimeMount mount, MergedView view)
    {
        string target;
        try
        {
            target = view.Resolve(mount.Target).Path;
        }
        catch (LinuxException e)
        {
            throw new ContainerStartException("mounts", 125, $"The mount target {mount.Target} can't be used: {e.Message}", e);
        }

        // /proc is the kernel's: a mount there could hide what protects the host (CVE-2019-19921).
        bool isKernels = target == "/" || target == "/proc" || target.StartsWith("/proc/", StringComparison.Ordinal);
        return !isKernels ? target : throw new ContainerStartException(
            "mounts", 125, $"The mount target {mount.Target} leads to {target}; nothing can be mounted on / or below /proc. Choose another target.");
    }

    private CapabilitySet Capabilities(RuntimeProcess process, bool privileged)
    {
        if (privileged)
        {
            return CapabilitySet.All.Intersect(_available);
        }

        CapabilitySet wanted = CapabilitySet.Parse(process.Capabilities);
        CapabilitySet missing = wanted.Except(_available).Except(CapabilitySet.Default);
        return missing.IsEmpty
            ? wanted.Intersect(_available)
            : throw new UnsupportedException($"This process does not have {missing} itself and can't give it to a container. Run it with that capability, or leave it out.");
    }

    private void CheckMapped(ResolvedUser user, RuntimeProcess process)
    {
        if (userNamespace is null)
        {
            return;
        }

        IdMap map = userNamespace.Map;
        if (map.IsSingle && process.AdditionalGroups.FirstOrDefault(g => g is not ("0" or "root")) is { } group)
        {
            throw new UnsupportedException($"AdditionalGroups '{group}' can't be given: only one group exists in this user's namespace, because {map.Limitation}.");
        }

        if (!map.Contains(user.UserId, user.GroupId) || (!map.IsSingle && !user.Groups.All(g => map.Contains(0, g))))
        {
            throw new UnsupportedException(
                $"User {user.UserId}:{user.GroupId} does not exist in this user's namespace: "
                + (map.Limitation is { } why ? $"only root does, because {why}." : "the ranges in /etc/subuid and /etc/subgid are too short for it."));
        }
    }

    /// <summary>What can be wrong only together with what other containers and this machine are like.</summary>
    private void CheckNamespaces(RuntimeSpec spec, NamespacePlan plan)
    {
        foreach ((string path, _) in spec.Sysctls)
        {
            if (NamespacedSysctl.KindOf(path) is { } kind && !plan.IsNew(kind) && plan.JoinedFrom(kind) is null)
            {
                throw new UnsupportedException($"Sysctls '{path}' can't be set: the container shares that namespace with the host, and would change the whole machine.");
            }
        }

        if (plan.IsHost(NamespaceKinds.CLONE_NEWPID) && !cgroups.IsAvailable)
        {
            throw new UnsupportedException(
                $"PidNamespace 'host' can't be used: with the processes of the machine in sight, those of the container are known by its cgroup only, and {cgroups.UnavailableReason}");
        }
    }

    private ImmutableArray<CgroupMount> CgroupMounts(Cgroup cgroup)
    {
        if (cgroups.Version == CgroupVersion.V2)
        {
            return [new CgroupMount("", null)];
        }

        // A version 1 hierarchy's mount point bears the names of its controllers, which are also the options that select it.
        return
        [
            .. Enum.GetValues<CgroupController>()
                .Select(c => cgroups.GetStatus(c).MountPoint)
                .Where(m => m is not null && cgroup.ProcsFiles.Any(f => f.StartsWith(m + "/", StringComparison.Ordinal)))
                .Distinct()
                .Select(m => new CgroupMount(Path.GetFileName(m)!, Path.GetFileName(m))),
        ];
    }
}

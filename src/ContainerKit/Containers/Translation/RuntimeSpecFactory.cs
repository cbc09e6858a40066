using System.Collections.Immutable;
using ContainerKit.Containers.Instances;
using ContainerKit.Containers.Specs;
using ContainerKit.Containers.State;
using ContainerKit.Linux.Cgroups.Devices;
using ContainerKit.Linux.Namespaces;
using ContainerKit.Networks;
using ContainerKit.Runtime;
using ContainerKit.Runtime.Namespaces;
using ContainerKit.Runtime.Processes;
using ContainerKit.Runtime.Protection;
using ContainerKit.Runtime.Supervision;

namespace ContainerKit.Containers.Translation;

/// <summary>Image configuration and container spec, merged by Docker's rules into what the runtime starts.</summary>
internal static class RuntimeSpecFactory
{
    internal static RuntimeSpec Create(ContainerConfig config, string dataRoot, string directory, JoinedContainers? joined = null, NetworkState? network = null)
    {
        ContainerSpec spec = config.Spec;
        joined ??= JoinedContainers.None;
        string hostname = (joined.NetworkOwner ?? config).Hostname;

        // Empty lists are the one empty list: a spec that is as usual compares equal to the usual one, for which there are prepared containers.
        return new RuntimeSpec
        {
            Id = config.Id,
            Root = new RuntimeRoot(
                [.. config.Image.LayerDirectories.Select(layer => Path.Combine(dataRoot, layer))],
                ContainerPaths.Upper(directory),
                ContainerPaths.Work(directory),
                spec.ReadOnlyRoot,
                Volatile: config.IsEphemeral),
            Process = new RuntimeProcess
            {
                Arguments = ResolveArguments(spec, config.Image),
                Environment = EnvironmentMerge.ForContainer(config, hostname),
                WorkingDirectory = ResolveWorkingDirectory(spec, config.Image),
                User = spec.User ?? config.Image.User,
                AdditionalGroups = spec.AdditionalGroups,
                Capabilities = CapabilityRule.Resolve(spec),
                Rlimits = [.. spec.Ulimits.Select(limit => new RuntimeRlimit(limit.Key, limit.Value.SoftValue, limit.Value.HardValue))],
                NoNewPrivileges = spec.NoNewPrivileges,
                SeccompProfile = spec.SeccompProfile,
                AppArmorProfile = spec.AppArmorProfile == AppArmor.Unconfined ? null : spec.AppArmorProfile,
                OomScoreAdjustment = spec.OomScoreAdjustment,
                Init = spec.Init,
                Terminal = spec.Terminal,
                TerminalSize = SizeOf(spec.TerminalSize),
                OpenStdin = spec.OpenStdin,
            },
            Hostname = hostname,
            Domainname = spec.Domainname,
            Namespaces = joined.Namespaces,
            UserNamespace = spec.UserNamespace is { } ids ? new IdRange(0, ids.HostStart, ids.Count) : null,
            SharedMemory = spec.IpcNamespace.Kind == NamespaceModeKind.None ? null : spec.SharedMemorySize?.Bytes ?? RuntimeSpec.DefaultSharedMemory,
            Sysctls = spec.Sysctls.IsEmpty ? [] : [.. spec.Sysctls.Select(sysctl => KeyValuePair.Create(NamespacedSysctl.PathOf(sysctl.Key)!, sysctl.Value))],
            Mounts = ResolveMounts(config, dataRoot, NetworkFiles.Create(joined.NetworkOwner?.Spec ?? spec, hostname, network ?? joined.Network, spec.ReadOnlyRoot)),
            Devices = spec.Devices.IsEmpty ? [] : [.. spec.Devices.Select(RuntimeMounts.Map)],
            DeviceRules = spec.DeviceRules.IsEmpty ? [] : [.. spec.DeviceRules.Select(rule => DeviceRule.TryParse(rule, out DeviceRule? parsed) ? parsed : throw new ArgumentException(rule))],
            MaskedPaths = spec.MaskedPaths,
            ReadOnlyPaths = spec.ReadOnlyPaths,
            MemoryLimit = spec.MemoryLimit?.Bytes,
            CpuLimit = spec.CpuLimit,
            PidsLimit = spec.PidsLimit,
            FurtherLimits = ContainerLimits.CreateFurther(spec),
            Privileged = spec.Privileged,
            Supervision = Supervise(config, directory),
        };
    }

    /// <summary>What a detached container has besides; null for any other.</summary>
    internal static RuntimeSupervision? Supervise(ContainerConfig config, string directory)
    {
        LogOptions log = config.Spec.Log;
        string? path = log.Driver == LogDriver.None ? null : ContainerPaths.Log(directory, config);
        return config.IsDetached ? new RuntimeSupervision(ContainerPaths.Supervision(directory), path, log.MaximumSize?.Bytes, log.MaximumFiles) : null;
    }

    internal static RuntimeExecSpec CreateExec(RuntimeSpec container, ProcessIdentity identity, ExecSpec spec) => new()
    {
        ContainerId = container.Id,
        Container = identity,
        IsSupervised = container.Supervision is not null,
        UserNamespace = container.UserNamespace,
        RootDirectories = [container.Root.Upper, .. container.Root.Lower],
        Privileged = spec.Privileged || container.Privileged,
        Process = container.Process with
        {
            Arguments = spec.Command,
            Environment = EnvironmentMerge.ForExec(container.Process.Environment, spec),
            WorkingDirectory = spec.WorkingDirectory ?? container.Process.WorkingDirectory,
            User = spec.User ?? container.Process.User,
            Capabilities = spec.Privileged ? CapabilityRule.All() : container.Process.Capabilities,
            SeccompProfile = spec.Privileged ? SeccompFilters.Unconfined : container.Process.SeccompProfile,
            Terminal = spec.Terminal,
            TerminalSize = SizeOf(spec.TerminalSize),
            OpenStdin = spec.OpenStdin,
            Init = false,
        },
    };

    /// <summary>
    /// Entrypoint and command. A spec's entrypoint makes the image's command void: it was meant for the image's entrypoint.
    /// </summary>
    /// <exception cref="ArgumentException">Neither says what to execute.</exception>
    internal static ImmutableArray<string> ResolveArguments(ContainerSpec spec, ContainerImage image)
    {
        ImmutableArray<string> entrypoint = spec.Entrypoint ?? image.Entrypoint;
        ImmutableArray<string> command = spec.Command ?? (spec.Entrypoint is null ? image.Command : []);
        ImmutableArray<string> arguments = [.. entrypoint, .. command];
        return arguments.IsEmpty
            ? throw new ArgumentException($"{nameof(spec.Command)} '' is not allowed: the image '{spec.Image}' has neither entrypoint nor command, so the spec must give one.")
            : arguments;
    }

    internal static int ResolveStopSignal(ContainerSpec spec, ContainerImage image)
    {
        if (spec.StopSignal is not null)
            return SignalName.Parse(spec.StopSignal, nameof(spec.StopSignal));

        // An image is not the caller's to correct: what it says wrongly must not keep its containers from being stopped.
        return image.StopSignal is not null && SignalName.TryParse(image.StopSignal, out int signal) ? signal : SignalName.Terminate;
    }

    private static string ResolveWorkingDirectory(ContainerSpec spec, ContainerImage image)
    {
        string path = spec.WorkingDirectory ?? image.WorkingDirectory;
        return path.Length == 0 ? "/" : path[0] == '/' ? path : "/" + path;
    }

    private static ImmutableArray<RuntimeMount> ResolveMounts(ContainerConfig config, string dataRoot, RuntimeFile[] files)
    {
        ContainerSpec spec = config.Spec;
        List<RuntimeMount> mounts = [];
        HashSet<string> targets = new(StringComparer.Ordinal);
        foreach (BindMount bind in spec.Binds)
            Add(RuntimeMounts.Map(bind));
        foreach (TmpfsMount tmpfs in spec.Tmpfs)
            Add(RuntimeMounts.Map(tmpfs));
        foreach (VolumeUse volume in config.Volumes)
            Add(new RuntimeBind(volume.MountPoint(dataRoot), volume.Target, volume.ReadOnly) { Subpath = volume.Subpath });
        foreach (RuntimeFile file in spec.Secrets?.Files ?? [])
            Add(file);
        foreach (RuntimeFile file in files)
            Add(file);
        return MountOrder.Sort(mounts);

        // The caller's mount wins over a generated file.
        void Add(RuntimeMount mount)
        {
            if (targets.Add(mount.Target))
                mounts.Add(mount);
        }
    }

    private static (int Rows, int Columns) SizeOf(TerminalSize? size) => size is TerminalSize given ? (given.Rows, given.Columns) : (0, 0);
}

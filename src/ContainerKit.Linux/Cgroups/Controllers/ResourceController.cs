namespace ContainerKit.Linux.Cgroups.Controllers;

/// <summary>A controller that enforces limits: what is allowed, when it is needed, and how it is written for both versions.</summary>
internal abstract class ResourceController
{
    internal static IReadOnlyList<ResourceController> All { get; } =
        [new MemoryController(), new CpuController(), new PidsController(), new CpusetController(), new IoController(), new HugetlbController()];

    internal abstract CgroupController Kind { get; }

    /// <summary>Throws an <see cref="ArgumentException"/> that names the option, the value and what is allowed.</summary>
    internal abstract void Validate(CgroupLimits limits);

    /// <summary>True: these limits can't be enforced without this controller.</summary>
    internal abstract bool IsNeeded(CgroupLimits limits);

    /// <summary>
    /// Writes what differs from <paramref name="previous"/>, also limits that are lifted. On a new cgroup that is
    /// <see cref="CgroupLimits.None"/>; null when it is not known.
    /// </summary>
    internal abstract void Apply(CgroupDirectory directory, CgroupLimits limits, CgroupLimits? previous);

    /// <summary>Called on a new version 1 directory, from our parent cgroup downwards, before a process enters it.</summary>
    internal virtual void PrepareLegacy(CgroupDirectory directory)
    {
    }

    /// <summary>The name in cgroup.controllers of version 2.</summary>
    internal static string UnifiedName(CgroupController controller) => controller == CgroupController.Io ? "io" : KernelName(controller);

    /// <summary>The name in the options of a version 1 mount.</summary>
    internal static string KernelName(CgroupController controller) => controller switch
    {
        CgroupController.Memory => "memory",
        CgroupController.Cpu => "cpu",
        CgroupController.Pids => "pids",
        CgroupController.Cpuset => "cpuset",
        CgroupController.Devices => "devices",
        CgroupController.Freezer => "freezer",
        CgroupController.CpuAccounting => "cpuacct",
        CgroupController.Io => "blkio",
        CgroupController.Hugetlb => "hugetlb",
        _ => throw new ArgumentOutOfRangeException(nameof(controller)),
    };

    protected static ArgumentOutOfRangeException OutOfRange(string option, object value, string allowed)
        => new(option, value, $"{option} is {value}; allowed: {allowed}.");
}

namespace ContainerKit.Linux.Cgroups.Controllers;

/// <summary>pids: Documentation/admin-guide/cgroup-v2.rst "PID"; the files are the same in version 1.</summary>
internal sealed class PidsController : ResourceController
{
    /// <summary>PID_MAX_LIMIT of 64-bit kernels; the kernel refuses more (EINVAL).</summary>
    private const long Maximum = 4 << 20;

    internal override CgroupController Kind => CgroupController.Pids;

    internal override bool IsNeeded(CgroupLimits limits) => limits.Pids is not null;

    internal override void Validate(CgroupLimits limits)
    {
        if (limits.Pids is { } pids and not (>= 1 and <= Maximum))
            throw OutOfRange(nameof(CgroupLimits.Pids), pids, $"1 to {Maximum}");
    }

    internal override void Apply(CgroupDirectory directory, CgroupLimits limits, CgroupLimits? previous)
    {
        if (previous is not null && limits.Pids == previous.Pids)
            return;
        if (limits.Pids is { } pids)
            directory.Write("pids.max", pids);
        else
            directory.Write("pids.max", "max");
    }

    internal static long? Read(CgroupDirectory directory) => directory.ReadNumber("pids.current");
}

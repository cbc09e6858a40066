namespace ContainerKit.Linux.Cgroups;

/// <summary>A resource controller of cgroups(7).</summary>
public enum CgroupController
{
    /// <summary>Memory and swap.</summary>
    Memory,

    /// <summary>Processor time: quota and weight.</summary>
    Cpu,

    /// <summary>Number of processes and threads.</summary>
    Pids,

    /// <summary>Which processors and memory nodes may be used.</summary>
    Cpuset,

    /// <summary>Access to device files. A controller of version 1; an eBPF program on version 2.</summary>
    Devices,

    /// <summary>Stopping all processes at once. A controller of version 1; part of the core on version 2 (Linux 5.2).</summary>
    Freezer,

    /// <summary>Accounting of processor time. A controller of version 1; part of the core on version 2.</summary>
    CpuAccounting,

    /// <summary>Transfers from and to block devices; <c>blkio</c> of version 1, <c>io</c> of version 2.</summary>
    Io,

    /// <summary>Huge pages.</summary>
    Hugetlb,
}

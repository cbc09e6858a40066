using ContainerKit.Linux.Cgroups.Controllers;

namespace ContainerKit.Linux.Cgroups;

/// <summary>Every limit of a cgroup. Null is no limit, so a record describes the whole state and never "unchanged".</summary>
public sealed record CgroupLimits
{
    /// <summary>No limits.</summary>
    public static CgroupLimits None { get; } = new();

    /// <summary>Memory in bytes, at least 6 MiB (below that not even an empty process starts reliably).</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>
    /// Memory and swap together in bytes, at least <see cref="MemoryBytes"/>, which it needs; -1 for unlimited swap. Null is Docker's
    /// default, twice <see cref="MemoryBytes"/>, and is then left out on kernels that don't account swap.
    /// </summary>
    public long? MemoryAndSwapBytes { get; init; }

    /// <summary>Processors, 0.01 to 65536: 1.5 is one and a half. Enforced as a quota per 100 ms.</summary>
    public double? Processors { get; init; }

    /// <summary>Relative weight when processors are contended, 2 to 262144; the kernel's default is 1024.</summary>
    public long? CpuShares { get; init; }

    /// <summary>Processes and threads, at least 1.</summary>
    public long? Pids { get; init; }

    /// <summary>Processors that may be used, as in <c>0-2,5</c>.</summary>
    public string? CpusetProcessors { get; init; }

    /// <summary>Memory nodes that may be used, as in <c>0</c>.</summary>
    public string? CpusetMemoryNodes { get; init; }

    /// <summary>Checks all values without touching the system.</summary>
    /// <exception cref="ArgumentException">Names the option, its value and what is allowed.</exception>
    public void Validate()
    {
        foreach (ResourceController controller in ResourceController.All)
        {
            controller.Validate(this);
        }
    }
}

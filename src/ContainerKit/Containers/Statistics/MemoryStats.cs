namespace ContainerKit;

/// <summary>Memory of a container.</summary>
public sealed record MemoryStats
{
    /// <summary>Memory in use: <see cref="Charged"/> without <see cref="InactiveFile"/>, as docker stats shows it.</summary>
    public ByteSize Used => new(Math.Max(0, Charged.Bytes - InactiveFile.Bytes));

    /// <summary>All memory that counts, page cache included.</summary>
    public required ByteSize Charged { get; init; }

    /// <summary>Page cache that nobody has used for a while; the kernel takes it back when it needs it.</summary>
    public ByteSize InactiveFile { get; init; }

    /// <summary>The limit; null for none.</summary>
    public ByteSize? Limit { get; init; }

    /// <summary>The memory of the machine.</summary>
    public required ByteSize Machine { get; init; }

    /// <summary>
    /// True where the kernel does not account the container's memory (no cgroup, or cgroup v1 without a memory limit): <see cref="Charged"/> is then
    /// the sum of what its processes have in memory, shared pages counted for each of them.
    /// </summary>
    public bool IsSumOfProcesses { get; init; }

    /// <summary>The kernel's memory.stat, name by name; empty where it does not account the container's memory.</summary>
    public required IReadOnlyDictionary<string, long> Details { get; init; }
}

namespace ContainerKit;

/// <summary>What a running container uses, at one moment. What is null this kernel or this user can't tell.</summary>
public sealed record ContainerStats
{
    /// <summary>When it was measured, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Processor time.</summary>
    public required ProcessorStats Processor { get; init; }

    /// <summary>Memory.</summary>
    public required MemoryStats Memory { get; init; }

    /// <summary>Processes and threads.</summary>
    public required long TaskCount { get; init; }

    /// <summary>The most processes and threads; null for no limit.</summary>
    public long? TaskLimit { get; init; }

    /// <summary>Transfers of each block device, since the container was started; null where nothing counts them.</summary>
    public IReadOnlyList<BlockDeviceStats>? BlockDevices { get; init; }

    /// <summary>
    /// Traffic of the container's own interfaces by name, without loopback; empty where it has none, or uses the host's network.
    /// </summary>
    public required IReadOnlyDictionary<string, NetworkInterfaceStats> Networks { get; init; }

    /// <summary>Waiting for processors; null where the kernel does not measure it (cgroup v2, PSI).</summary>
    public PressureStats? ProcessorPressure { get; init; }

    /// <summary>Waiting for memory.</summary>
    public PressureStats? MemoryPressure { get; init; }

    /// <summary>Waiting for input or output.</summary>
    public PressureStats? InputOutputPressure { get; init; }
}

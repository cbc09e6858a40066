using System.Collections.Immutable;
using ContainerKit.Containers.State;
using ContainerKit.Linux.Cgroups;
using ContainerKit.Runtime;

namespace ContainerKit.Containers.Statistics;

/// <summary>Measures a running container, and compares each sample with the one before.</summary>
internal sealed class StatisticsSampler(ContainerConfig config, IContainerResources resources, int firstPid, TimeProvider time)
{
    private ProcessorStats? _before;

    internal ContainerStats Sample()
    {
        ResourceUsage usage = resources.ReadUsage();
        MachineUsage machine = MachineUsage.Read();

        // What the kernel does not sum up for us is summed up over the processes.
        bool complete = usage is { Processor: not null, Memory: not null, Tasks: not null };
        ProcessSums processes = complete ? ProcessSums.None : ProcessSums.Read(resources.ListProcesses());
        ProcessorStats processor = Compare(DescribeProcessor(usage.Processor ?? processes.Processor, machine));
        _before = processor;
        return new ContainerStats
        {
            Time = time.GetUtcNow(),
            Processor = processor,
            Memory = usage.Memory is CgroupMemoryUsage memory ? DescribeMemory(memory, usage, machine) : DescribeMemory(processes, machine),
            TaskCount = usage.Tasks ?? processes.Tasks,
            TaskLimit = usage.TaskLimit,
            BlockDevices = usage.BlockDevices is null ? null : [.. usage.BlockDevices.Select(Convert)],
            Networks = config.Spec.Network == NetworkMode.Host ? ImmutableSortedDictionary<string, NetworkInterfaceStats>.Empty : NetworkCounters.Read(firstPid),
            ProcessorPressure = Convert(usage.Pressure.Processor),
            MemoryPressure = Convert(usage.Pressure.Memory),
            InputOutputPressure = Convert(usage.Pressure.InputOutput),
        };
    }

    private static ProcessorStats DescribeProcessor(CgroupCpuUsage usage, MachineUsage machine) => new()
    {
        Total = usage.Total,
        User = usage.User,
        Kernel = usage.System,
        ThrottledPeriods = usage.ThrottledPeriods,
        Throttled = usage.Throttled,
        Machine = machine.Processors,
        OnlineProcessors = machine.OnlineProcessors,
    };

    /// <summary>Sums over processes shrink when one ends; a use below nothing is none.</summary>
    private ProcessorStats Compare(ProcessorStats sample) => _before is null ? sample : sample with
    {
        TotalDelta = sample.Total > _before.Total ? sample.Total - _before.Total : TimeSpan.Zero,
        MachineDelta = sample.Machine > _before.Machine ? sample.Machine - _before.Machine : TimeSpan.Zero,
    };

    private static MemoryStats DescribeMemory(CgroupMemoryUsage memory, ResourceUsage usage, MachineUsage machine) => new()
    {
        Charged = new ByteSize(memory.Bytes),
        InactiveFile = new ByteSize(memory.InactiveFileBytes),
        Limit = memory.LimitBytes is long limit ? new ByteSize(limit) : null,
        Machine = new ByteSize(machine.MemoryBytes),
        Details = usage.MemoryDetails,
    };

    private static MemoryStats DescribeMemory(ProcessSums processes, MachineUsage machine) => new()
    {
        Charged = new ByteSize(processes.ResidentBytes),
        Machine = new ByteSize(machine.MemoryBytes),
        IsSumOfProcesses = true,
        Details = ImmutableSortedDictionary<string, long>.Empty,
    };

    private static BlockDeviceStats Convert(CgroupBlockDeviceUsage usage)
        => new(usage.Major, usage.Minor, new ByteSize(usage.ReadBytes), new ByteSize(usage.WrittenBytes), usage.Reads, usage.Writes);

    private static PressureStats? Convert(ResourcePressure? pressure)
        => pressure is null ? null : new PressureStats(Convert(pressure.Some), pressure.Full is null ? null : Convert(pressure.Full));

    private static PressureShare Convert(PressureStall stall) => new(stall.Average10, stall.Average60, stall.Average300, stall.Total);
}

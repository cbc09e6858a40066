using ContainerKit.DockerApi.Contracts;
using ContainerKit.DockerApi.Routing;

namespace ContainerKit.DockerApi.Containers;

/// <summary>Samples of use in Docker's form.</summary>
internal static class StatsMapper
{
    private const long NanosecondsPerTick = 100;

    private static readonly StatsBody.CpuBody NoCpu = new() { Usage = new StatsBody.CpuUsageBody(0, 0, 0), Throttling = new StatsBody.ThrottlingBody(0, 0, 0) };

    internal static StatsBody Map(Container container, ContainerStats stats, ContainerStats? previous) => new()
    {
        Name = "/" + container.Name,
        Id = container.Id,
        Read = DockerTime.Format(stats.Time),
        PreviousRead = DockerTime.Format(previous?.Time),
        Pids = new StatsBody.PidsBody(stats.TaskCount, stats.TaskLimit),
        Block = Block(stats.BlockDevices ?? []),
        Cpu = Cpu(stats.Processor),
        PreviousCpu = previous is null ? NoCpu : Cpu(previous.Processor),
        Memory = Memory(stats.Memory),
        Networks = stats.Networks.Count == 0 ? null : stats.Networks.ToDictionary(network => network.Key, network => Network(network.Value)),
    };

    /// <summary>Of a container that does not run.</summary>
    internal static StatsBody Nothing(Container container) => new()
    {
        Name = "/" + container.Name,
        Id = container.Id,
        Read = DockerTime.Zero,
        PreviousRead = DockerTime.Zero,
        Pids = new StatsBody.PidsBody(null, null),
        Block = new StatsBody.BlockBody(null, null),
        Cpu = NoCpu,
        PreviousCpu = NoCpu,
        Memory = new StatsBody.MemoryBody(null, null, null),
    };

    private static StatsBody.CpuBody Cpu(ProcessorStats processor) => new()
    {
        Usage = new StatsBody.CpuUsageBody(Nanoseconds(processor.Total), Nanoseconds(processor.Kernel), Nanoseconds(processor.User)),
        System = Nanoseconds(processor.Machine),
        OnlineCpus = processor.OnlineProcessors,
        Throttling = new StatsBody.ThrottlingBody(0, processor.ThrottledPeriods, Nanoseconds(processor.Throttled)),
    };

    private static StatsBody.MemoryBody Memory(MemoryStats memory)
    {
        // Clients subtract it from the usage, under one of two names by the version of cgroups.
        Dictionary<string, long> stats = new(memory.Details, StringComparer.Ordinal);
        stats.TryAdd("inactive_file", memory.InactiveFile.Bytes);
        return new StatsBody.MemoryBody(memory.Charged.Bytes, (memory.Limit ?? memory.Machine).Bytes, stats);
    }

    private static StatsBody.BlockBody Block(IReadOnlyList<BlockDeviceStats> devices) => new(
        [.. devices.SelectMany(device => Entries(device, device.Read.Bytes, device.Written.Bytes))],
        [.. devices.SelectMany(device => Entries(device, device.ReadOperations, device.WriteOperations))]);

    private static StatsBody.BlockEntryBody[] Entries(BlockDeviceStats device, long read, long written) =>
    [
        new(device.Major, device.Minor, "read", read),
        new(device.Major, device.Minor, "write", written),
    ];

    private static StatsBody.NetworkBody Network(NetworkInterfaceStats network) => new()
    {
        ReceivedBytes = network.Received.Bytes,
        ReceivedPackets = network.ReceivedPackets,
        ReceiveErrors = network.ReceiveErrors,
        ReceiveDrops = network.ReceiveDrops,
        SentBytes = network.Sent.Bytes,
        SentPackets = network.SentPackets,
        SendErrors = network.SendErrors,
        SendDrops = network.SendDrops,
    };

    private static long Nanoseconds(TimeSpan time) => time.Ticks * NanosecondsPerTick;
}

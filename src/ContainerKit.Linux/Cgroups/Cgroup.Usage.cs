namespace ContainerKit.Linux.Cgroups;

/// <content>What statistics show beyond memory and processor time.</content>
public sealed partial class Cgroup
{
    /// <summary>The most processes and threads it may have; null for no limit, or where they are not counted.</summary>
    public long? ReadTaskLimit() => Find(CgroupController.Pids)?.ReadNumber("pids.max");

    /// <summary>
    /// The kernel's memory.stat, name by name; empty where memory is not accounted. With version 1 the names that begin with
    /// <c>total_</c> include cgroups below it.
    /// </summary>
    public IReadOnlyDictionary<string, long> ReadMemoryDetails()
        => Find(CgroupController.Memory) is { } directory ? FlatKeyedFile.Parse(directory.ReadIfExists("memory.stat") ?? "") : FlatKeyedFile.Empty;

    /// <summary>Transfers of each block device since it was created; null where no controller counts them for this cgroup.</summary>
    public IReadOnlyList<CgroupBlockDeviceUsage>? ReadBlockDevices()
    {
        foreach (CgroupDirectory directory in Directories)
        {
            if (BlockDeviceFiles.Read(directory) is { } usage)
                return usage;
        }

        return null;
    }

    /// <summary>
    /// How much its processes wait for processors, memory and input or output (PSI, Linux 4.20); each is null where the kernel does not
    /// measure it for this cgroup. Only version 2 has it.
    /// </summary>
    public CgroupPressure ReadPressure() => new(
        ResourcePressure.Parse(_unified?.ReadPressure("cpu.pressure")),
        ResourcePressure.Parse(_unified?.ReadPressure("memory.pressure")),
        ResourcePressure.Parse(_unified?.ReadPressure("io.pressure")));

    /// <summary>Lets frozen processes continue, where there is a freezer; on version 1 even SIGKILL waits for that.</summary>
    /// <returns>False when nothing can be thawed.</returns>
    public bool TryThaw() => Freezer?.TryRequest(frozen: false) ?? false;

    /// <summary>The file whose line <c>oom_kill</c> counts the kernel's kills for want of memory; null where memory is not limited in this cgroup.</summary>
    public string? OutOfMemoryFile
        => Find(CgroupController.Memory) is { } directory ? directory.File(directory.Version == CgroupVersion.V2 ? "memory.events" : "memory.oom_control") : null;

    /// <summary>Tells when the kernel kills for want of memory; null where memory is not limited in this cgroup.</summary>
    /// <exception cref="LinuxException">The cgroup is gone, or this process has too many open files.</exception>
    public OutOfMemoryWatch? WatchOutOfMemory() => Find(CgroupController.Memory) is { } directory ? OutOfMemoryWatch.Open(directory) : null;
}

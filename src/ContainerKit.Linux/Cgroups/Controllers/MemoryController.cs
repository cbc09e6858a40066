namespace ContainerKit.Linux.Cgroups.Controllers;

/// <summary>memory: Documentation/admin-guide/cgroup-v2.rst "Memory", cgroup-v1/memory.rst.</summary>
internal sealed class MemoryController : ResourceController
{
    private const long Minimum = 6L << 20;
    private const long Unlimited = -1;
    private const long DefaultSwappiness = 60;

    internal override CgroupController Kind => CgroupController.Memory;

    internal override bool IsNeeded(CgroupLimits limits)
        => limits.MemoryBytes is not null || limits.MemoryReservationBytes is not null || limits.Swappiness is not null || limits.OomKillDisabled;

    internal override void Validate(CgroupLimits limits)
    {
        if (limits.MemoryBytes is { } memory && memory < Minimum)
            throw OutOfRange(nameof(CgroupLimits.MemoryBytes), memory, $"at least {Minimum} (6 MiB)");

        if (limits.MemoryReservationBytes is { } reservation && (reservation < Minimum || reservation > limits.MemoryBytes))
            throw OutOfRange(nameof(CgroupLimits.MemoryReservationBytes), reservation, $"{Minimum} (6 MiB) to {nameof(CgroupLimits.MemoryBytes)}");
        if (limits.Swappiness is { } swappiness and not (>= 0 and <= 100))
            throw OutOfRange(nameof(CgroupLimits.Swappiness), swappiness, "0 to 100");
        if (limits is { OomKillDisabled: true, MemoryBytes: null })
            throw OutOfRange(nameof(CgroupLimits.OomKillDisabled), true, $"only together with {nameof(CgroupLimits.MemoryBytes)}");
        if (limits.MemoryAndSwapBytes is not { } total)
            return;
        if (limits.MemoryBytes is not { } bound)
            throw OutOfRange(nameof(CgroupLimits.MemoryAndSwapBytes), total, $"only together with {nameof(CgroupLimits.MemoryBytes)}");
        if (total != Unlimited && total < bound)
        {
            string allowed = $"-1 for unlimited, or at least {nameof(CgroupLimits.MemoryBytes)}, {bound}";
            throw OutOfRange(nameof(CgroupLimits.MemoryAndSwapBytes), total, allowed);
        }
    }

    internal override void Apply(CgroupDirectory directory, CgroupLimits limits, CgroupLimits? previous)
    {
        // Before the limit: what is over it then waits instead of being killed.
        ApplyLegacyOptions(directory, limits, previous);
        if (previous is null || limits.MemoryReservationBytes != previous.MemoryReservationBytes)
            ApplyReservation(directory, limits.MemoryReservationBytes, required: previous is not null);
        if (previous is not null && limits.MemoryBytes == previous.MemoryBytes && limits.MemoryAndSwapBytes == previous.MemoryAndSwapBytes)
            return;

        long memory = limits.MemoryBytes ?? Unlimited;
        long total = limits.MemoryAndSwapBytes ?? (memory == Unlimited ? Unlimited : memory > long.MaxValue / 2 ? Unlimited : memory * 2);
        if (directory.Version == CgroupVersion.V2)
            ApplyUnified(directory, memory, total, swapRequired: limits.MemoryAndSwapBytes is not null);
        else
            ApplyLegacy(directory, memory, total, swapRequired: limits.MemoryAndSwapBytes is not null);
    }

    private static void ApplyReservation(CgroupDirectory directory, long? reservation, bool required)
    {
        string file = directory.Version == CgroupVersion.V2 ? "memory.low" : "memory.soft_limit_in_bytes";

        // Lifting what was not known to be set is no reason to fail where the kernel has no such file.
        if (reservation is not null || required || directory.Has(file))
            directory.Write(file, reservation ?? (directory.Version == CgroupVersion.V2 ? 0 : Unlimited));
    }

    /// <summary>Version 2 has neither: all of its memory is one, and killing is up to the kernel.</summary>
    private static void ApplyLegacyOptions(CgroupDirectory directory, CgroupLimits limits, CgroupLimits? previous)
    {
        if (directory.Version == CgroupVersion.V2)
        {
            string? asked = limits.Swappiness is not null ? nameof(CgroupLimits.Swappiness) : limits.OomKillDisabled ? nameof(CgroupLimits.OomKillDisabled) : null;
            if (asked is not null)
                throw new CgroupUnavailableException($"{asked} can't be enforced: version 2 of cgroups, which this host uses, does not have it. Leave it out.");
            return;
        }

        if (previous is null ? limits.OomKillDisabled || directory.Has("memory.oom_control") : limits.OomKillDisabled != previous.OomKillDisabled)
            directory.Write("memory.oom_control", limits.OomKillDisabled ? 1 : 0);
        if (limits.Swappiness is { } swappiness && swappiness != previous?.Swappiness)
            directory.Write("memory.swappiness", swappiness);
        else if (limits.Swappiness is null && previous?.Swappiness is not null)
            directory.Write("memory.swappiness", directory.Parent.ReadNumber("memory.swappiness") ?? DefaultSwappiness);
    }

    internal override void PrepareLegacy(CgroupDirectory directory)
    {
        // Before Linux 5.11 a child's usage counts in the parent only with use_hierarchy; since then it is always 1.
        if (directory.ReadNumber("memory.use_hierarchy") == 0)
            directory.Write("memory.use_hierarchy", "1");
    }

    internal static CgroupMemoryUsage? Read(CgroupDirectory directory) => directory.Version == CgroupVersion.V2
        ? directory.ReadNumber("memory.current") is { } current
            ? new CgroupMemoryUsage(
                current,
                directory.ReadKey("memory.stat", "inactive_file") ?? 0,
                directory.ReadNumber("memory.max"),
                directory.ReadKey("memory.events", "oom_kill") ?? 0)
            : null
        : directory.ReadNumber("memory.usage_in_bytes") is { } usage
            ? new CgroupMemoryUsage(
                usage,
                directory.ReadKey("memory.stat", "total_inactive_file") ?? 0,
                LegacyLimit(directory),
                directory.ReadKey("memory.oom_control", "oom_kill") ?? 0)
            : null;

    private static void ApplyUnified(CgroupDirectory directory, long memory, long total, bool swapRequired)
    {
        directory.Write("memory.max", memory == Unlimited ? "max" : Text(memory));

        // The file is missing where the kernel does not account swap (CONFIG_SWAP=n, swapaccount=0).
        if (!directory.Has("memory.swap.max"))
        {
            if (swapRequired && total != Unlimited)
                throw SwapNotAccounted(directory);
            return;
        }

        directory.Write("memory.swap.max", total == Unlimited ? "max" : Text(total - memory));
    }

    private static void ApplyLegacy(CgroupDirectory directory, long memory, long total, bool swapRequired)
    {
        const string memoryFile = "memory.limit_in_bytes", totalFile = "memory.memsw.limit_in_bytes";
        if (!directory.Has(totalFile))
        {
            if (swapRequired && total != Unlimited)
                throw SwapNotAccounted(directory);
            directory.Write(memoryFile, memory);
            return;
        }

        // The kernel keeps limit <= memsw.limit at every step (EINVAL), so the total goes first exactly when it is raised.
        bool raised = total == Unlimited || total > directory.ReadNumber(totalFile);
        directory.Write(raised ? totalFile : memoryFile, raised ? total : memory);
        directory.Write(raised ? memoryFile : totalFile, raised ? memory : total);
    }

    private static long? LegacyLimit(CgroupDirectory directory)
        // "Unlimited" is the largest multiple of the page size; nothing near it is a limit.
        => directory.ReadNumber("memory.limit_in_bytes") is { } limit && limit < long.MaxValue / 2 ? limit : null;

    private static CgroupUnavailableException SwapNotAccounted(CgroupDirectory directory) => new(
        $"{nameof(CgroupLimits.MemoryAndSwapBytes)} can't be enforced: the kernel does not account swap for {directory.Path} "
        + "(boot with swapaccount=1, or leave the option out).");

    private static string Text(long value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

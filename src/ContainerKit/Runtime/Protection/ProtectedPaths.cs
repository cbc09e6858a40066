using System.Collections.Immutable;

namespace ContainerKit.Runtime.Protection;

/// <summary>Paths of /proc and /sys that show or control the whole machine: Docker's defaults, as far as this kernel has them.</summary>
internal static class ProtectedPaths
{
    private static readonly string[] s_hidden =
    [
        "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
        "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap",
    ];

    /// <summary>Files that read as empty.</summary>
    internal static ImmutableArray<string> HiddenFiles { get; } = [.. s_hidden.Where(File.Exists)];

    /// <summary>Directories that are empty and read-only.</summary>
    internal static ImmutableArray<string> HiddenDirectories { get; } = [.. s_hidden.Where(Directory.Exists)];

    /// <summary>Trees that can't be written.</summary>
    internal static ImmutableArray<string> ReadOnly { get; } =
    [
        .. new[] { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" }.Where(Path.Exists),
    ];
}

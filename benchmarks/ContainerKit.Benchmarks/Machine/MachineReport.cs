using System.Runtime.InteropServices;

namespace ContainerKit.Benchmarks.Machine;

/// <summary>Says where the figures come from.</summary>
internal static class MachineReport
{
    /// <summary>Prints one line: kernel, processors, runtime, cgroups, user, and how busy the machine is.</summary>
    public static void Print()
    {
        var kernel = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        var load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        var hierarchies = KernelMounts.CgroupRoots().Count;
        var cgroups = (KernelMounts.CgroupV2Root() is not null, hierarchies) switch
        {
            (true, 1) => "cgroup v2",
            (true, _) => "cgroups v1 and v2 (hybrid)",
            (false, 0) => "no cgroups",
            (false, _) => "cgroup v1",
        };
        Console.WriteLine(
            $"machine: Linux {kernel}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} processors, "
            + $"{RuntimeInformation.FrameworkDescription}, {cgroups}, {(Environment.IsPrivilegedProcess ? "root" : "ordinary user")}, load {load}");
    }
}

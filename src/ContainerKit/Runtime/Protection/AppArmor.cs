namespace ContainerKit.Runtime.Protection;

/// <summary>The AppArmor security module, apparmor(7).</summary>
internal static class AppArmor
{
    /// <summary>Names no profile: the process stays as it is.</summary>
    internal const string Unconfined = "unconfined";

    /// <summary>True when the running kernel enforces profiles.</summary>
    internal static bool IsEnabled { get; } = ReadEnabled();

    /// <summary>Where a process names the profile of the program that it executes next; the own directory exists since Linux 5.8.</summary>
    internal static string ExecFile { get; } = Directory.Exists("/proc/self/attr/apparmor") ? "/proc/self/attr/apparmor/exec" : "/proc/self/attr/exec";

    private static bool ReadEnabled()
    {
        const string Parameter = "/sys/module/apparmor/parameters/enabled";
        return File.Exists(Parameter) && File.ReadAllText(Parameter).StartsWith('Y');
    }
}

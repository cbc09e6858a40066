using System.Globalization;
using System.Runtime.InteropServices;

namespace ContainerKit.DockerApi.SystemInfo;

/// <summary>What /info and /version tell about the machine.</summary>
internal static class MachineFacts
{
    internal static string KernelVersion => ReadLine("/proc/sys/kernel/osrelease");

    /// <summary>The machine's own word, uname(2).</summary>
    internal static string MachineArchitecture => RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "x86_64",
        Architecture.Arm64 => "aarch64",
        Architecture other => other.ToString().ToLowerInvariant(),
    };

    /// <summary>The architecture's name in images.</summary>
    internal static string ImageArchitecture => RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "amd64",
        Architecture other => other.ToString().ToLowerInvariant(),
    };

    internal static bool HasUnifiedCgroups => File.Exists("/sys/fs/cgroup/cgroup.controllers");

    internal static bool Forwards => ReadLine("/proc/sys/net/ipv4/ip_forward") == "1";

    /// <summary>proc_meminfo(5).</summary>
    internal static long TotalMemory
    {
        get
        {
            string line = ReadLine("/proc/meminfo");
            string digits = string.Concat(line.Where(char.IsAsciiDigit));
            return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long kibibytes) ? kibibytes * 1024 : 0;
        }
    }

    /// <summary>A value of os-release(5).</summary>
    internal static string Release(string name)
    {
        foreach (string path in (string[])["/etc/os-release", "/usr/lib/os-release"])
        {
            if (!File.Exists(path))
                continue;
            string? line = File.ReadLines(path).FirstOrDefault(line => line.StartsWith(name + "=", StringComparison.Ordinal));
            return line is null ? "" : line[(name.Length + 1)..].Trim('"');
        }

        return "";
    }

    private static string ReadLine(string path) => File.Exists(path) ? File.ReadLines(path).FirstOrDefault("") : "";
}

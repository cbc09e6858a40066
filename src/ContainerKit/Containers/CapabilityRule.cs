using System.Collections.Frozen;
using System.Collections.Immutable;

namespace ContainerKit.Containers;

/// <summary>Which capabilities a container's processes have: Docker's default, what is added, what is dropped. capabilities(7).</summary>
internal static class CapabilityRule
{
    private const string Prefix = "CAP_";
    private const string AllWord = "ALL";

    /// <summary>In the order of their numbers, up to Linux 5.9's CAP_CHECKPOINT_RESTORE.</summary>
    internal static readonly ImmutableArray<string> All =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP",
        "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
        "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP",
        "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
        "CAP_CHECKPOINT_RESTORE",
    ];

    /// <summary>Docker's 14.</summary>
    internal static readonly ImmutableArray<string> Default =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE",
        "CAP_NET_RAW", "CAP_SYS_CHROOT", "CAP_MKNOD", "CAP_AUDIT_WRITE", "CAP_SETFCAP",
    ];

    private static readonly FrozenSet<string> Known = All.ToFrozenSet(StringComparer.Ordinal);

    internal static void Validate(ImmutableArray<string> names, string option)
    {
        foreach (string name in names)
        {
            if (name is null || (Normalize(name) is var full && full != AllWord && !Known.Contains(full)))
                throw new ArgumentException($"{option} '{name}' is not a capability: expected ALL or a name of capabilities(7) such as NET_ADMIN or CAP_NET_ADMIN.");
        }
    }

    /// <summary>Docker's rule: ALL among the added is everything but the dropped; ALL among the dropped is nothing but the added.</summary>
    internal static ImmutableArray<string> Resolve(ContainerSpec spec)
    {
        if (spec.Privileged)
            return All;
        if (spec.AddedCapabilities.IsEmpty && spec.DroppedCapabilities.IsEmpty)
            return Default;
        HashSet<string> added = [.. spec.AddedCapabilities.Select(Normalize)];
        HashSet<string> dropped = [.. spec.DroppedCapabilities.Select(Normalize)];
        if (added.Contains(AllWord))
            return [.. All.Where(name => !dropped.Contains(name))];
        if (dropped.Contains(AllWord))
            return [.. All.Where(added.Contains)];
        HashSet<string> defaults = [.. Default];
        return [.. All.Where(name => added.Contains(name) || (defaults.Contains(name) && !dropped.Contains(name)))];
    }

    private static string Normalize(string name)
    {
        string upper = name.ToUpperInvariant();
        return upper == AllWord || upper.StartsWith(Prefix, StringComparison.Ordinal) ? upper : Prefix + upper;
    }
}

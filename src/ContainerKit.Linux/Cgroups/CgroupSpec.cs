using ContainerKit.Linux.Cgroups.Devices;

namespace ContainerKit.Linux.Cgroups;

/// <summary>What a cgroup is created with.</summary>
public sealed record CgroupSpec
{
    /// <summary>Limits; none by default.</summary>
    public CgroupLimits Limits { get; init; } = CgroupLimits.None;

    /// <summary>
    /// The devices that may be opened or made, or null for no restriction: a privileged container, or one in a user namespace (it can't
    /// make device files, and an ordinary user may not load the program that version 2 needs).
    /// </summary>
    public DevicePolicy? Devices { get; init; }

    /// <summary>
    /// True: usage of memory and number of processes can be read even without a limit. Free on version 2. On version 1 it costs a migration
    /// per start, about 5 ms on an idle machine (a grace period of RCU), that a container without limits does not need otherwise.
    /// </summary>
    public bool Accounting { get; init; }
}

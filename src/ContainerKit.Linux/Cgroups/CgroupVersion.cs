namespace ContainerKit.Linux.Cgroups;

/// <summary>Which cgroup interface holds the resource controllers, cgroups(7).</summary>
public enum CgroupVersion
{
    /// <summary>No cgroup file system is mounted.</summary>
    None = 0,

    /// <summary>
    /// Version 1: one hierarchy per controller. Also hosts with both ("hybrid"), where a version 2 hierarchy without resource controllers
    /// is used to track, kill and freeze processes and to restrict devices.
    /// </summary>
    V1 = 1,

    /// <summary>Version 2: one hierarchy for everything.</summary>
    V2 = 2,
}

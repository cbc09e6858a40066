namespace ContainerKit.Linux.Cgroups;

/// <summary>Whether this process can use a controller.</summary>
/// <param name="Controller">The controller.</param>
/// <param name="MountPoint">Where its hierarchy is mounted, or null.</param>
/// <param name="UnusableReason">Null when it is usable; otherwise what is missing and how to get it.</param>
public sealed record CgroupControllerStatus(CgroupController Controller, string? MountPoint, string? UnusableReason)
{
    /// <summary>True: a <see cref="CgroupSpec"/> may ask for what this controller does.</summary>
    public bool IsUsable => UnusableReason is null;
}

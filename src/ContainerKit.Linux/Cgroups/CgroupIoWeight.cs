namespace ContainerKit.Linux.Cgroups;

/// <summary>The weight of a cgroup at one block device.</summary>
/// <param name="Major">The device's major number.</param>
/// <param name="Minor">The device's minor number.</param>
/// <param name="Weight">10 to 1000.</param>
public sealed record CgroupIoWeight(int Major, int Minor, int Weight);

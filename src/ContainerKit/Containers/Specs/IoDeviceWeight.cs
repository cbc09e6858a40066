namespace ContainerKit;

/// <summary>A container's share of a contended block device, in relation to others.</summary>
/// <param name="DevicePath">The device file of a whole disk, <c>/dev/sda</c>.</param>
/// <param name="Weight">10 to 1000.</param>
public sealed record IoDeviceWeight(string DevicePath, int Weight);

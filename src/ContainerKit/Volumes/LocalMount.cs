using ContainerKit.Linux.Mounts;

namespace ContainerKit.Volumes;

/// <summary>A file system that a local volume stands for.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Device">What is mounted.</param>
/// <param name="Flags">Flags of every type.</param>
/// <param name="Options">The type's own options; null for none.</param>
internal sealed record LocalMount(string Type, string Device, MountFlags Flags, string? Options);

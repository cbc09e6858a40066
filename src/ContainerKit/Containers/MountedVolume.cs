namespace ContainerKit;

/// <summary>A volume of a container that exists.</summary>
/// <param name="Name">The volume's name.</param>
/// <param name="Target">Absolute path inside the container.</param>
/// <param name="ReadOnly">True: the container can't write there.</param>
/// <param name="MountPoint">The directory on this machine.</param>
/// <param name="IsAnonymous">True: it was made for this container.</param>
public sealed record MountedVolume(string Name, string Target, bool ReadOnly, string MountPoint, bool IsAnonymous);

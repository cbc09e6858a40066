namespace ContainerKit.Containers.Translation;

/// <summary>A volume of a container, as its configuration keeps it: without the data root's path, so that that can be moved.</summary>
/// <param name="Name">The volume's name.</param>
/// <param name="Target">Absolute path inside, normalized.</param>
/// <param name="ReadOnly">True: the container can't write there.</param>
/// <param name="Device">The directory of this machine that the volume stands for; null for one in the data root.</param>
/// <param name="IsAnonymous">True: it was made for this container.</param>
internal sealed record VolumeUse(string Name, string Target, bool ReadOnly, string? Device, bool IsAnonymous)
{
    /// <summary>What of it is mounted; null for all.</summary>
    public string? Subpath { get; init; }

    /// <summary>The directory on this machine.</summary>
    internal string MountPoint(string dataRoot) => Device ?? Path.Combine(dataRoot, "volumes", Name, "_data");
}

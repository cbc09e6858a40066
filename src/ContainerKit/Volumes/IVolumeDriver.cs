namespace ContainerKit;

/// <summary>
/// Keeps volumes somewhere else than in the data root: on a server, in a snapshot, encrypted. Given to an engine by
/// <see cref="EngineOptions.VolumeDrivers"/>, and chosen for a volume by <see cref="VolumeSpec.Driver"/>.
/// </summary>
/// <remarks>
/// <para>The engine keeps name, labels and options of a volume; the driver keeps its files. Names are unique in a data root, not among data roots.</para>
/// <para>Members are called from several threads at once. Exceptions reach who creates or removes the volume, or starts the container. An engine that
/// was killed did not call <see cref="UnmountAsync"/>: a driver has to bear a second <see cref="MountAsync"/> for a container.</para>
/// </remarks>
public interface IVolumeDriver
{
    /// <summary>What <see cref="VolumeSpec.Driver"/> calls it; not <see cref="VolumeSpec.LocalDriver"/>.</summary>
    string Name { get; }

    /// <summary>Makes a volume, or takes one of the name that it has already.</summary>
    /// <param name="volume">The volume's name.</param>
    /// <param name="options">What <see cref="VolumeSpec.DriverOptions"/> says.</param>
    /// <param name="cancellationToken">Cancels; nothing is to be left then.</param>
    /// <exception cref="ArgumentException">An option is not allowed.</exception>
    ValueTask CreateAsync(string volume, IReadOnlyDictionary<string, string> options, CancellationToken cancellationToken);

    /// <summary>Removes a volume with its files; nothing happens when there is none. No container uses it.</summary>
    /// <param name="volume">The volume's name.</param>
    /// <param name="cancellationToken">Cancels.</param>
    ValueTask RemoveAsync(string volume, CancellationToken cancellationToken);

    /// <summary>Makes a volume's files available on this machine.</summary>
    /// <param name="volume">The volume's name.</param>
    /// <param name="user">Who uses it: a container's id, or another word of the engine's own.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The absolute path of a directory, which the container sees until <see cref="UnmountAsync"/>.</returns>
    ValueTask<string> MountAsync(string volume, string user, CancellationToken cancellationToken);

    /// <summary>Ends a use of a volume.</summary>
    /// <param name="volume">The volume's name.</param>
    /// <param name="user">As in <see cref="MountAsync"/>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    ValueTask UnmountAsync(string volume, string user, CancellationToken cancellationToken);
}

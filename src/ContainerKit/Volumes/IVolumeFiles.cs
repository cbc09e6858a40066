using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Ownership;

namespace ContainerKit.Volumes;

/// <summary>The files of volumes, with the rights that root has inside of containers.</summary>
internal interface IVolumeFiles
{
    /// <summary>What the owners of files are inside.</summary>
    OwnerView Owners { get; }

    /// <summary>True when devices can be made.</summary>
    bool CanMakeDevices { get; }

    /// <summary>True when file systems can be mounted on this machine.</summary>
    bool CanMount { get; }

    /// <summary>True for a detached container whose processes live, whoever owns it.</summary>
    bool IsAlive(string containerId);

    /// <summary>Opens a directory of this machine; the caller owns the result.</summary>
    ValueTask<RootedDirectory> OpenAsync(string path, CancellationToken cancellationToken);

    /// <summary>Removes a directory tree that may hold files of mapped users. Never follows a symbolic link.</summary>
    Task RemoveTreeAsync(string path, CancellationToken cancellationToken);

    /// <summary>The names of the volumes that containers use, those of other engine processes included, with the ids of the containers.</summary>
    ILookup<string, string> FindUsers();
}

using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;
using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Paths;
using ContainerKit.Runtime;
using ContainerKit.Storage.Ownership;
using ContainerKit.Volumes;

namespace ContainerKit.Engine;

/// <summary>The files of volumes, as a runtime sees them, and the containers that use them.</summary>
internal sealed class EngineVolumes(IContainerRuntime runtime, ContainerPaths paths) : IVolumeFiles
{
    public OwnerView Owners => runtime.Roots.Owners;

    public bool CanMakeDevices => runtime.Roots.CanMakeDevices;

    public bool CanMount => !runtime.IsRootless;

    public bool IsAlive(string containerId)
        => ContainerId.IsComplete(containerId) && SupervisionRecord.IsSupervised(ContainerPaths.Supervision(paths.DirectoryOf(containerId)));

    public ValueTask<RootedDirectory> OpenAsync(string path, CancellationToken cancellationToken) => runtime.Roots.OpenAsync(path, cancellationToken);

    public Task RemoveTreeAsync(string path, CancellationToken cancellationToken) => runtime.RemoveTreeAsync(path, cancellationToken);

    public ILookup<string, string> FindUsers()
        => Directory.EnumerateDirectories(paths.Root)
            .Where(path => ContainerId.IsComplete(Path.GetFileName(path)))
            .Select(ContainerFiles.ReadConfig)
            .OfType<ContainerConfig>()
            .SelectMany(config => config.Volumes.Select(volume => (volume.Name, config.Id)))
            .ToLookup(use => use.Name, use => use.Id, StringComparer.Ordinal);
}

using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;
using ContainerKit.Linux.Launching;
using ContainerKit.Networks.Control;

namespace ContainerKit.Engine;

/// <summary>The containers of the data root, as networks need them.</summary>
internal sealed class EngineNetworkUsers(ContainerPaths paths) : INetworkUsers
{
    public bool IsAlive(string containerId)
        => ContainerId.IsComplete(containerId) && SupervisionRecord.IsSupervised(ContainerPaths.Supervision(paths.DirectoryOf(containerId)));

    public IReadOnlyList<string> FindUsers(string networkId)
        => [.. Directory.EnumerateDirectories(paths.Root)
            .Where(path => ContainerId.IsComplete(Path.GetFileName(path)))
            .Select(ContainerFiles.ReadConfig)
            .OfType<ContainerConfig>()
            .Where(config => config.Networks.Any(attachment => attachment.Network == networkId))
            .Select(config => config.Id)];
}

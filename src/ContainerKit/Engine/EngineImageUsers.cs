using ContainerKit.Containers;
using ContainerKit.Images;

namespace ContainerKit.Engine;

/// <summary>The containers of the data root, as images need them.</summary>
internal sealed class EngineImageUsers(ContainerContext context) : IImageUsers
{
    public async ValueTask<IReadOnlyList<ImageUser>> ListAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<ContainerInfo> containers = await ContainerLookup.ListAsync(context, cancellationToken).ConfigureAwait(false);
        return [.. containers.Select(info => new ImageUser(
            info.Id, info.Name, info.ImageId, info.Status is ContainerStatus.Running or ContainerStatus.Paused or ContainerStatus.Restarting))];
    }
}

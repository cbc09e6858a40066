using ContainerKit.Runtime;
using ContainerKit.Volumes;

namespace ContainerKit.Containers.Instances;

/// <content>Volumes that have to be mounted on this machine first.</content>
internal sealed partial class ContainerInstance
{
    /// <summary>Makes the container's volumes available; null for one that has none.</summary>
    private async ValueTask<VolumeLease?> AcquireVolumesAsync(CancellationToken cancellationToken)
        => Config.Volumes.IsEmpty ? null : await _context.Volumes.Mounts.AcquireAsync(Config.Volumes.Select(use => use.Name), Config.Id, cancellationToken).ConfigureAwait(false);

    /// <summary>The container as it is started: with the volumes where their drivers have put them.</summary>
    private RuntimeSpec WithVolumes(RuntimeSpec spec, VolumeLease? lease)
    {
        if (lease is null || Config.Volumes.All(use => lease.Find(use.Name) is null))
            return spec;
        return spec with { Mounts = [.. spec.Mounts.Select(mount => mount is RuntimeBind bind ? Find(bind) : mount)] };

        RuntimeBind Find(RuntimeBind bind)
            => Config.Volumes.FirstOrDefault(use => use.Target == bind.Target && use.MountPoint(_context.Paths.DataRoot) == bind.Source) is { } use && lease.Find(use.Name) is { } directory
                ? bind with { Source = directory }
                : bind;
    }
}

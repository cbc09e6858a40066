using System.Collections.Immutable;
using ContainerKit.Containers.Health;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;

namespace ContainerKit.Containers;

/// <summary>Builds <see cref="ContainerInfo"/>.</summary>
internal static class ContainerInfoFactory
{
    internal static ContainerInfo Create(ContainerConfig config, ContainerState state, string directory, int? ownerPid)
    {
        string dataRoot = Path.GetDirectoryName(Path.GetDirectoryName(directory))!;
        var info = new ContainerInfo
        {
            Id = config.Id,
            Name = config.Name,
            Spec = config.Spec,
            ImageId = config.Image.Id,
            CreatedAt = config.CreatedAt,
            Status = state.Status,
            Volumes = [.. config.Volumes.Select(use => new MountedVolume(use.Name, use.Target, use.ReadOnly, use.MountPoint(dataRoot), use.IsAnonymous))],
            NetworkAttachments = config.Networks,
            Labels = MergeLabels(config),
            Arguments = RuntimeSpecFactory.ResolveArguments(config.Spec, config.Image),
            LogPath = ContainerPaths.Log(directory, config),
            OwnerProcessId = ownerPid,
            RestartCount = state.RestartCount,
            HealthProbe = ResolvedHealthProbe.Merge(config),
        };
        return state switch
        {
            ContainerState.Created { FailedExitCode: int code } created => info with { ExitStatus = new ExitStatus(code), Error = created.Error },
            ContainerState.Running running => info with
            {
                ProcessId = running.Identity.Pid,
                StartedAt = running.StartedAt,
                FinishedAt = running.FinishedAt,
                Networks = [.. (running.Network?.Endpoints ?? []).Select(endpoint => endpoint.ToInfo())],
                Ports = running.Network?.Ports ?? [],
            },
            ContainerState.Restarting restarting => info with
            {
                StartedAt = restarting.StartedAt,
                FinishedAt = restarting.FinishedAt,
                ExitStatus = restarting.ExitStatus,
                OutOfMemory = restarting.OutOfMemory,
            },
            ContainerState.Exited exited => info with
            {
                OutOfMemory = exited.OutOfMemory,
                StartedAt = exited.StartedAt,
                FinishedAt = exited.FinishedAt,
                ExitStatus = exited.ExitStatus,
                Error = exited.Error,
            },
            _ => info,
        };
    }

    internal static ImmutableSortedDictionary<string, string> MergeLabels(ContainerConfig config)
        => config.Image.Labels.IsEmpty ? config.Spec.Labels : config.Image.Labels.SetItems(config.Spec.Labels);
}

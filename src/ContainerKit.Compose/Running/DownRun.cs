using ContainerKit.Compose.Services;

namespace ContainerKit.Compose.Running;

/// <summary>One call of <see cref="ComposeProject.DownAsync"/>.</summary>
internal sealed class DownRun(ComposeProject project, ComposeDownOptions options)
{
    private ContainerEngine Engine => project.Engine;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<ComposeContainer> containers = await ProjectContainers.ListAllAsync(Engine, project.Name, cancellationToken).ConfigureAwait(false);
        HashSet<string> known = [.. project.Model.Services.Select(service => service.Name)];
        var lifecycle = new Lifecycle(project, options.Progress);
        HashSet<string> anonymous = options.Volumes
            ? await ProjectContainers.AnonymousVolumesAsync(Engine, containers.Select(container => container.Info), cancellationToken).ConfigureAwait(false)
            : [];
        foreach (ComposeContainer orphan in containers.Where(container => !known.Contains(container.Service)))
        {
            if (options.RemoveOrphans)
                await lifecycle.RemoveAsync(orphan.Info, options.StopTimeout, options.Volumes, cancellationToken).ConfigureAwait(false);
            else
                Report(ComposeResource.Container, orphan.Info.Name, ComposeAction.Orphaned);
        }

        await DependencyWalk.BackwardAsync(
            project.Model.Services,
            (service, token) => Task.WhenAll(containers.Where(container => container.Service == service.Name).Select(container => lifecycle.RemoveAsync(container.Info, options.StopTimeout, options.Volumes, token))),
            cancellationToken).ConfigureAwait(false);
        await RemoveNetworksAsync(cancellationToken).ConfigureAwait(false);
        if (options.Volumes)
            await RemoveVolumesAsync(anonymous, cancellationToken).ConfigureAwait(false);
        await RemoveImagesAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task RemoveNetworksAsync(CancellationToken cancellationToken)
    {
        FilterSet ours = FilterSet.Empty.With("label", $"{ComposeLabels.Project}={project.Name}");
        foreach (NetworkInfo network in await Engine.Networks.ListAsync(ours, cancellationToken).ConfigureAwait(false))
        {
            await Engine.Networks.RemoveAsync(network.Id, cancellationToken).ConfigureAwait(false);
            Report(ComposeResource.Network, network.Name, ComposeAction.Removed);
        }
    }

    private async Task RemoveVolumesAsync(HashSet<string> anonymous, CancellationToken cancellationToken)
    {
        HashSet<string> declared = [.. project.Model.Context.Volumes.Values.Where(volume => !volume.IsExternal).Select(volume => volume.Name)];
        foreach (VolumeInfo volume in await Engine.Volumes.ListAsync(null, cancellationToken).ConfigureAwait(false))
        {
            bool isOurs = volume.Labels.GetValueOrDefault(ComposeLabels.Project) == project.Name && declared.Contains(volume.Name);
            if (!isOurs && !anonymous.Contains(volume.Name))
                continue;
            await (await Engine.Volumes.GetAsync(volume.Name, cancellationToken).ConfigureAwait(false)).RemoveAsync(cancellationToken).ConfigureAwait(false);
            if (isOurs)
                Report(ComposeResource.Volume, volume.Name, ComposeAction.Removed);
        }
    }

    private async Task RemoveImagesAsync(CancellationToken cancellationToken)
    {
        IEnumerable<ComposeService> services = options.Images switch
        {
            ComposeImageRemoval.All => project.Model.Services,
            ComposeImageRemoval.Local => project.Model.Services.Where(service => !service.HasOwnImageName),
            _ => [],
        };
        foreach (string image in services.Select(service => service.Image).Distinct(StringComparer.Ordinal))
        {
            if (await Engine.Images.FindAsync(image, cancellationToken).ConfigureAwait(false) is null)
                continue;
            await Engine.Images.RemoveAsync(image, cancellationToken).ConfigureAwait(false);
            Report(ComposeResource.Image, image, ComposeAction.Removed);
        }
    }

    private void Report(ComposeResource resource, string name, ComposeAction action) => options.Progress?.Report(new ComposeProgress(resource, name, action));
}

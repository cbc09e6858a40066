using ContainerKit.Compose.Services;

namespace ContainerKit.Compose.Running;

/// <summary>Makes the networks and volumes that services use, and checks those that are there.</summary>
internal sealed class ResourceSupply(ComposeProject project, IProgress<ComposeProgress>? progress)
{
    private ContainerEngine Engine => project.Engine;

    public async Task RequireAsync(IReadOnlyList<ComposeService> services, CancellationToken cancellationToken)
    {
        HashSet<string> networks = [.. services.SelectMany(service => service.Spec.Networks).Select(network => network.Network)];
        foreach (ProjectNetwork network in project.Model.Context.Networks.Values.Where(network => networks.Contains(network.Name)))
            await RequireAsync(network, cancellationToken).ConfigureAwait(false);
        HashSet<string> volumes = [.. services.SelectMany(service => service.Spec.Volumes).Select(volume => volume.Name).OfType<string>()];
        foreach (ProjectVolume volume in project.Model.Context.Volumes.Values.Where(volume => volumes.Contains(volume.Name)))
            await RequireAsync(volume, cancellationToken).ConfigureAwait(false);
    }

    private async Task RequireAsync(ProjectNetwork network, CancellationToken cancellationToken)
    {
        NetworkInfo? found = (await Engine.Networks.ListAsync(null, cancellationToken).ConfigureAwait(false)).FirstOrDefault(each => each.Name == network.Name);
        if (network.IsExternal)
        {
            if (found is null)
                throw new NotFoundException($"The network {network.Name} is external to the project {project.Name}, and is not there: create it, or remove external.");
            return;
        }

        if (found is not null)
        {
            if (found.Labels.GetValueOrDefault(ComposeLabels.Project) != project.Name)
                throw new ConflictException($"There is a network {network.Name} that is not of the project {project.Name}: make it external in the file, or give it another name.");
            if (found.Labels.GetValueOrDefault(ComposeLabels.ConfigHash) == network.Hash)
                return;

            // It is as another form of the file said: its containers have to leave, and are made anew.
            foreach (ComposeContainer container in await ProjectContainers.ListAllAsync(Engine, project.Name, cancellationToken).ConfigureAwait(false))
            {
                if (container.Info.Spec.Networks.Any(attachment => attachment.Network == network.Name))
                    await new Lifecycle(project, progress).RemoveAsync(container.Info, null, volumes: false, cancellationToken).ConfigureAwait(false);
            }

            await Engine.Networks.RemoveAsync(found.Id, cancellationToken).ConfigureAwait(false);
        }

        NetworkSpec spec = network.Spec
            .WithLabel(ComposeLabels.Project, project.Name)
            .WithLabel(ComposeLabels.Network, network.Key)
            .WithLabel(ComposeLabels.ConfigHash, network.Hash)
            .WithLabel(ComposeLabels.Version, ProjectVersion.Text);
        (await Engine.Networks.CreateAsync(spec, cancellationToken).ConfigureAwait(false)).Keep();
        progress?.Report(new ComposeProgress(ComposeResource.Network, network.Name, ComposeAction.Created));
    }

    private async Task RequireAsync(ProjectVolume volume, CancellationToken cancellationToken)
    {
        VolumeInfo? found = (await Engine.Volumes.ListAsync(null, cancellationToken).ConfigureAwait(false)).FirstOrDefault(each => each.Name == volume.Name);
        if (found is not null)
            return;
        if (volume.IsExternal)
            throw new NotFoundException($"The volume {volume.Name} is external to the project {project.Name}, and is not there: create it, or remove external.");
        VolumeSpec spec = volume.Spec
            .WithLabel(ComposeLabels.Project, project.Name)
            .WithLabel(ComposeLabels.Volume, volume.Key)
            .WithLabel(ComposeLabels.Version, ProjectVersion.Text);
        await Engine.Volumes.CreateAsync(spec, cancellationToken).ConfigureAwait(false);
        progress?.Report(new ComposeProgress(ComposeResource.Volume, volume.Name, ComposeAction.Created));
    }
}

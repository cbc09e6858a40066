namespace ContainerKit.Compose.Running;

/// <summary>Starts, stops, restarts and removes containers that are there.</summary>
internal sealed class Lifecycle(ComposeProject project, IProgress<ComposeProgress>? progress)
{
    private ContainerCollection Containers => project.Engine.Containers;

    public async Task StartAsync(IReadOnlyList<ComposeService> services, CancellationToken cancellationToken)
    {
        ILookup<string, ContainerInfo> containers = await FindAsync(cancellationToken).ConfigureAwait(false);
        var conditions = new Conditions(project, progress);
        await DependencyWalk.ForwardAsync(services, async (service, token) =>
        {
            await conditions.WaitAsync(service, [.. services.Select(each => each.Name)], token).ConfigureAwait(false);
            await Task.WhenAll(containers[service.Name].Select(container => StartAsync(container, token))).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);
    }

    public async Task StopAsync(IReadOnlyList<ComposeService> services, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        ILookup<string, ContainerInfo> containers = await FindAsync(cancellationToken).ConfigureAwait(false);
        await DependencyWalk.BackwardAsync(
            services,
            (service, token) => Task.WhenAll(containers[service.Name].Where(IsAlive).Select(container => StopAsync(container, timeout, token))),
            cancellationToken).ConfigureAwait(false);
    }

    public async Task RestartAsync(IReadOnlyList<ComposeService> services, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        ILookup<string, ContainerInfo> containers = await FindAsync(cancellationToken).ConfigureAwait(false);
        await DependencyWalk.ForwardAsync(services, (service, token) => Task.WhenAll(containers[service.Name].Select(async info =>
        {
            Container container = await Containers.GetAsync(info.Id, token).ConfigureAwait(false);
            await container.RestartAsync(timeout, token).ConfigureAwait(false);
            Report(info.Name, ComposeAction.Restarted);
        })), cancellationToken).ConfigureAwait(false);
    }

    public async Task StartAsync(ContainerInfo info, CancellationToken cancellationToken)
    {
        if (info.Status is ContainerStatus.Running or ContainerStatus.Restarting)
            return;
        Container container = await Containers.GetAsync(info.Id, cancellationToken).ConfigureAwait(false);
        if (info.Status == ContainerStatus.Paused)
            await container.UnpauseAsync(cancellationToken).ConfigureAwait(false);
        else
            await container.StartAsync(cancellationToken).ConfigureAwait(false);
        Report(info.Name, ComposeAction.Started);
    }

    public async Task RemoveAsync(ContainerInfo info, TimeSpan? timeout, bool volumes, CancellationToken cancellationToken)
    {
        // Somebody else may remove it at the same time.
        if (await Containers.FindAsync(info.Id, cancellationToken).ConfigureAwait(false) is not { } container)
            return;
        try
        {
            if (IsAlive(info))
                await StopAsync(info, timeout, cancellationToken).ConfigureAwait(false);
            await container.RemoveAsync(force: true, volumes, cancellationToken).ConfigureAwait(false);
        }
        catch (NotFoundException)
        {
            return;
        }

        Report(info.Name, ComposeAction.Removed);
    }

    private static bool IsAlive(ContainerInfo info) => info.Status is ContainerStatus.Running or ContainerStatus.Paused or ContainerStatus.Restarting;

    private async Task StopAsync(ContainerInfo info, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        Container container = await Containers.GetAsync(info.Id, cancellationToken).ConfigureAwait(false);
        await container.StopAsync(timeout, cancellationToken).ConfigureAwait(false);
        Report(info.Name, ComposeAction.Stopped);
    }

    private async Task<ILookup<string, ContainerInfo>> FindAsync(CancellationToken cancellationToken)
        => (await project.ListContainersAsync(cancellationToken).ConfigureAwait(false)).ToLookup(container => container.Service, container => container.Info, StringComparer.Ordinal);

    private void Report(string name, ComposeAction action) => progress?.Report(new ComposeProgress(ComposeResource.Container, name, action));
}

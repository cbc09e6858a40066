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
            await Task.WhenAll(containers[service.Name].Select(async container => await StartAsync(await NameAsync(container, token).ConfigureAwait(false), token).ConfigureAwait(false)))
                .ConfigureAwait(false);
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
            ContainerInfo named = await NameAsync(info, token).ConfigureAwait(false);
            Container container = await Containers.GetAsync(named.Id, token).ConfigureAwait(false);
            await container.RestartAsync(timeout, token).ConfigureAwait(false);
            Report(named.Name, ComposeAction.Restarted);
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

    /// <summary>Gives a container its name for which somebody was killed when all else was done.</summary>
    public async Task<ContainerInfo> NameAsync(ContainerInfo info, CancellationToken cancellationToken)
    {
        if (!Succession.IsTemporary(info, out string? name))
            return info;
        Container container = await Containers.GetAsync(info.Id, cancellationToken).ConfigureAwait(false);
        await NameAsync(container, name, cancellationToken).ConfigureAwait(false);
        return info with { Name = name };
    }

    /// <summary>The same; whoever made it may do so at the same time.</summary>
    public static async Task NameAsync(Container container, string name, CancellationToken cancellationToken)
    {
        try
        {
            await container.RenameAsync(name, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ArgumentException or ConflictException)
        {
            if ((await container.InspectAsync(cancellationToken).ConfigureAwait(false)).Name != name)
                throw;
        }
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

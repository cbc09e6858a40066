using System.Collections.Concurrent;
using System.Globalization;
using ContainerKit.Compose.Services;

namespace ContainerKit.Compose.Running;

/// <summary>One call of <see cref="ComposeProject.UpAsync"/>.</summary>
internal sealed class UpRun(ComposeProject project, ComposeUpOptions options)
{
    private readonly Lifecycle _lifecycle = new(project, options.Progress);

    /// <summary>When the last container of a service was made that replaced another one: those that share with it, and are older, have the other one.</summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> _replaced = new(StringComparer.Ordinal);

    private ContainerEngine Engine => project.Engine;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<ComposeService> services = Select();
        foreach ((string name, int count) in options.Scale)
        {
            if (count is < 0 or > 1000 || (count > 1 && project.GetService(name).ContainerName is not null))
                throw new ArgumentException($"Scale '{name}={count}' is not allowed: expected 0 to 1000, and at most 1 where the file names the container.");
        }

        RequireNetworksThatLast(services);
        await new ImageSupply(Engine, options.Progress, options.BuildProgress, options.PullProgress).RequireAsync(services, options.Build, options.NoBuild, cancellationToken).ConfigureAwait(false);
        await new ResourceSupply(project, options.Progress).RequireAsync(services, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<ComposeContainer> existing = await ProjectContainers.ListAllAsync(Engine, project.Name, cancellationToken).ConfigureAwait(false);
        await HandleOrphansAsync(existing, cancellationToken).ConfigureAwait(false);
        HashSet<string> present = [.. services.Select(service => service.Name)];
        var conditions = new Conditions(project, options.Progress);
        await DependencyWalk.ForwardAsync(services, async (service, token) =>
        {
            if (!options.NoStart)
                await conditions.WaitAsync(service, present, token).ConfigureAwait(false);
            await ConvergeAsync(service, [.. existing.Where(container => container.Service == service.Name)], token).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);
        if (options.Wait && !options.NoStart)
            await WaitAsync(services, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Before anything is made: the engine would refuse each container when it starts.</summary>
    private void RequireNetworksThatLast(IEnumerable<ComposeService> services)
    {
        if (options.Lifetime != ContainerLifetime.Detached || options.NoStart || Environment.IsPrivilegedProcess)
            return;
        string[] refused = [.. services.Where(service => service.Spec.Network == NetworkMode.Default).Select(service => service.Name)];
        if (refused.Length > 0)
        {
            throw new UnsupportedException(
                $"Without root the networks of a project end with the process that brings it up, so these services can't go on in the background: {string.Join(", ", refused)}. "
                + "Bring the project up in the foreground (ckit compose up, without -d and --wait), or give them network_mode: none or host in the file, or do it as root.");
        }
    }

    /// <summary>The services that are asked for, and what they need.</summary>
    private List<ComposeService> Select()
    {
        HashSet<string> enabled = [.. project.Services.Select(service => service.Name)];
        HashSet<string> selected = new(StringComparer.Ordinal);
        var pending = new Queue<ComposeService>(project.Select(options.Services));
        while (pending.TryDequeue(out ComposeService? service))
        {
            if (!selected.Add(service.Name) || options.NoDependencies)
                continue;
            foreach (ComposeDependency dependency in service.Dependencies.Where(dependency => dependency.IsRequired || enabled.Contains(dependency.Service)))
                pending.Enqueue(project.GetService(dependency.Service));
        }

        return [.. project.Model.Services.Where(service => selected.Contains(service.Name))];
    }

    private async Task HandleOrphansAsync(IReadOnlyList<ComposeContainer> existing, CancellationToken cancellationToken)
    {
        HashSet<string> known = [.. project.Model.Services.Select(service => service.Name)];
        foreach (ComposeContainer orphan in existing.Where(container => !known.Contains(container.Service)))
        {
            if (options.RemoveOrphans)
                await _lifecycle.RemoveAsync(orphan.Info, options.StopTimeout, volumes: false, cancellationToken).ConfigureAwait(false);
            else
                Report(orphan.Info.Name, ComposeAction.Orphaned);
        }
    }

    private async Task ConvergeAsync(ComposeService service, IReadOnlyList<ComposeContainer> existing, CancellationToken cancellationToken)
    {
        int count = options.Scale.TryGetValue(service.Name, out int wanted) ? wanted : service.Replicas;
        Image image = await Engine.Images.GetAsync(service.Image, cancellationToken).ConfigureAwait(false);
        existing = await FinishAsync(existing, cancellationToken).ConfigureAwait(false);

        // Two of one number were not made here; the one with the name counts.
        List<ComposeContainer> kept =
        [
            .. existing.GroupBy(container => container.Number)
                .OrderBy(same => same.Key)
                .Take(count)
                .Select(same => same.OrderByDescending(container => container.Info.Name == NameOf(service, same.Key)).First()),
        ];
        foreach (ComposeContainer surplus in existing.Except(kept))
            await _lifecycle.RemoveAsync(surplus.Info, options.StopTimeout, volumes: false, cancellationToken).ConfigureAwait(false);

        // Numbers that are free, from the lowest on.
        HashSet<int> used = [.. kept.Select(container => container.Number)];
        IEnumerable<int> numbers = Enumerable.Range(1, count + used.Count).Where(number => !used.Contains(number)).Take(count - kept.Count);
        foreach (ComposeContainer container in kept.Where(container => Succession.HasReplaced(container.Info)))
            _replaced.AddOrUpdate(service.Name, container.Info.CreatedAt, (_, other) => other > container.Info.CreatedAt ? other : container.Info.CreatedAt);
        await Task.WhenAll([
            .. kept.Select(container => KeepAsync(service, container, image, cancellationToken)),
            .. numbers.Select(number => CreateAsync(service, number, image, cancellationToken)),
        ]).ConfigureAwait(false);
    }

    /// <summary>What an earlier call had begun when it was killed: what nobody misses is removed, what has its place gets its name.</summary>
    private async Task<IReadOnlyList<ComposeContainer>> FinishAsync(IReadOnlyList<ComposeContainer> existing, CancellationToken cancellationToken)
    {
        List<ComposeContainer> finished = [];
        foreach (ComposeContainer container in existing)
        {
            if (Succession.IsUnfinished(container.Info, existing.Select(other => other.Info)))
                await _lifecycle.RemoveAsync(container.Info, options.StopTimeout, volumes: true, cancellationToken).ConfigureAwait(false);
            else
                finished.Add(container with { Info = await _lifecycle.NameAsync(container.Info, cancellationToken).ConfigureAwait(false) });
        }

        return finished;
    }

    private async Task KeepAsync(ComposeService service, ComposeContainer container, Image image, CancellationToken cancellationToken)
    {
        bool sharesReplaced = service.Shares.Any(other => _replaced.TryGetValue(other, out DateTimeOffset made) && made > container.Info.CreatedAt);
        bool restarts = service.Dependencies.Any(dependency => dependency.Restarts && _replaced.TryGetValue(dependency.Service, out DateTimeOffset made) && made > container.Info.StartedAt);
        bool isAsWanted = container.Info.Labels.GetValueOrDefault(ComposeLabels.ConfigHash) == HashOf(service)
            && container.Info.ImageId == image.Id.ToString()
            && container.Info.Name == NameOf(service, container.Number)
            && !sharesReplaced
            && await Engine.Containers.FindAsync(container.Info.Id, cancellationToken).ConfigureAwait(false) is not null;
        if (!options.NoRecreate && (!isAsWanted || options.ForceRecreate))
        {
            await ReplaceAsync(service, container, image, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (options.NoStart)
            return;
        if (restarts && container.Info.Status == ContainerStatus.Running)
        {
            await (await Engine.Containers.GetAsync(container.Info.Id, cancellationToken).ConfigureAwait(false)).RestartAsync(options.StopTimeout, cancellationToken).ConfigureAwait(false);
            Report(container.Info.Name, ComposeAction.Restarted);
        }
        else if (container.Info.Status == ContainerStatus.Running)
        {
            Report(container.Info.Name, ComposeAction.Running);
        }
        else
        {
            await _lifecycle.StartAsync(container.Info, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ReplaceAsync(ComposeService service, ComposeContainer old, Image image, CancellationToken cancellationToken)
    {
        // The old one runs until the new one is complete: what can't be created takes nothing away.
        string name = NameOf(service, old.Number);
        string mark = Succession.CreateMark(old.Info);
        Container container = await CreateAsync(service, old.Number, name, image, mark, options.RenewAnonymousVolumes ? null : old.Info, cancellationToken).ConfigureAwait(false);
        _replaced[service.Name] = DateTimeOffset.MaxValue;
        try
        {
            await _lifecycle.RemoveAsync(old.Info, options.StopTimeout, volumes: options.RenewAnonymousVolumes, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // With the old one gone, the new one has what was handed on.
            if (await Engine.Containers.FindAsync(old.Info.Id, CancellationToken.None).ConfigureAwait(false) is not null)
                await container.RemoveAsync(force: true, volumes: true, CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        await Lifecycle.NameAsync(container, name, cancellationToken).ConfigureAwait(false);
        Report(name, ComposeAction.Recreated);
        await StartAsync(container, name, cancellationToken).ConfigureAwait(false);
    }

    private async Task CreateAsync(ComposeService service, int number, Image image, CancellationToken cancellationToken)
    {
        string name = NameOf(service, number);

        // Without its files it is not complete: then it has no name yet.
        string? mark = service.Files.IsEmpty ? null : Succession.CreateMark(null);
        Container container = await CreateAsync(service, number, name, image, mark, null, cancellationToken).ConfigureAwait(false);
        if (mark is not null)
            await Lifecycle.NameAsync(container, name, cancellationToken).ConfigureAwait(false);
        Report(name, ComposeAction.Created);
        await StartAsync(container, name, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Container> CreateAsync(
        ComposeService service, int number, string name, Image image, string? mark, ContainerInfo? old, CancellationToken cancellationToken)
    {
        ContainerSpec spec = WithLabels(service, number, image).WithName(mark is null ? name : Succession.TemporaryName(mark, name)).WithLifetime(options.Lifetime);
        if (mark is not null)
            spec = spec.WithLabel(ComposeLabels.Replaced, mark);
        HashSet<string> targets = [.. spec.Volumes.Where(volume => volume.Name is not null).Select(volume => volume.Target), .. spec.Binds.Select(bind => bind.Target)];
        if (old is not null)
        {
            HashSet<string> anonymous = await ProjectContainers.AnonymousVolumesAsync(Engine, [old], cancellationToken).ConfigureAwait(false);
            foreach (MountedVolume volume in old.Volumes.Where(volume => anonymous.Contains(volume.Name) && !targets.Contains(volume.Target)))
                spec = spec with { Volumes = [.. spec.Volumes.Where(mount => mount.Target != volume.Target), new VolumeMount(volume.Name, volume.Target, volume.ReadOnly)] };
        }

        Container container = await Engine.Containers.CreateAsync(spec, cancellationToken).ConfigureAwait(false);
        try
        {
            await GrantedFiles.CopyAsync(container, service.Files, cancellationToken).ConfigureAwait(false);
            return container;
        }
        catch
        {
            await container.RemoveAsync(force: true, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private string NameOf(ComposeService service, int number) => service.ContainerName ?? ServiceContext.ContainerName(project.Name, service.Name, number);

    private async Task StartAsync(Container container, string name, CancellationToken cancellationToken)
    {
        if (options.NoStart)
            return;
        await container.StartAsync(cancellationToken).ConfigureAwait(false);
        Report(name, ComposeAction.Started);
    }

    private ContainerSpec WithLabels(ComposeService service, int number, Image image) => service.Spec
        .WithLabel(ComposeLabels.Project, project.Name)
        .WithLabel(ComposeLabels.Service, service.Name)
        .WithLabel(ComposeLabels.Number, number.ToString(CultureInfo.InvariantCulture))
        .WithLabel(ComposeLabels.OneOff, "False")
        .WithLabel(ComposeLabels.ConfigHash, HashOf(service))
        .WithLabel(ComposeLabels.Image, image.Id.ToString())
        .WithLabel(ComposeLabels.ConfigFiles, string.Join(',', project.Files))
        .WithLabel(ComposeLabels.WorkingDirectory, project.Directory)
        .WithLabel(ComposeLabels.DependsOn, string.Join(',', service.Dependencies.Select(Describe)))
        .WithLabel(ComposeLabels.Version, ProjectVersion.Text);

    /// <summary>A container that ends with its engine is another one than a detached one.</summary>
    private string HashOf(ComposeService service) => options.Lifetime == ContainerLifetime.Engine ? service.Hash : ResourceName.Hash($"{service.Hash} {options.Lifetime}");

    private static string Describe(ComposeDependency dependency)
    {
        string condition = dependency.Condition switch
        {
            ComposeCondition.Healthy => "service_healthy",
            ComposeCondition.Completed => "service_completed_successfully",
            _ => "service_started",
        };
        return $"{dependency.Service}:{condition}:{(dependency.Restarts ? "true" : "false")}";
    }

    private async Task WaitAsync(IReadOnlyList<ComposeService> services, CancellationToken cancellationToken)
    {
        HashSet<string> names = [.. services.Select(service => service.Name)];
        foreach (ComposeContainer container in (await project.ListContainersAsync(cancellationToken).ConfigureAwait(false)).Where(container => names.Contains(container.Service)))
        {
            Container found = await Engine.Containers.GetAsync(container.Info.Id, cancellationToken).ConfigureAwait(false);
            ContainerInfo info = await found.InspectAsync(cancellationToken).ConfigureAwait(false);
            if (info.HealthProbe is not null)
            {
                await found.WaitUntilHealthyAsync(cancellationToken).ConfigureAwait(false);
                Report(info.Name, ComposeAction.Healthy);
            }
            else if (info.Status == ContainerStatus.Exited && info.ExitStatus is { IsSuccess: false } status)
            {
                throw new InvalidStateException($"The container {info.Name} has ended with exit code {status.ExitCode}.");
            }
        }
    }

    private void Report(string name, ComposeAction action) => options.Progress?.Report(new ComposeProgress(ComposeResource.Container, name, action));
}

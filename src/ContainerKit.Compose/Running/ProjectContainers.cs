using System.Globalization;
using ContainerKit.Compose.Services;

namespace ContainerKit.Compose.Running;

/// <summary>The containers of a project, found by their labels.</summary>
internal static class ProjectContainers
{
    /// <summary>Those that the project has, without what somebody who was killed had begun.</summary>
    public static async Task<IReadOnlyList<ComposeContainer>> ListAsync(ContainerEngine engine, string project, CancellationToken cancellationToken)
    {
        IReadOnlyList<ComposeContainer> all = await ListAllAsync(engine, project, cancellationToken).ConfigureAwait(false);
        return [.. all.Where(container => !Succession.IsUnfinished(container.Info, all.Select(other => other.Info)))];
    }

    /// <summary>All of them: for those who remove.</summary>
    public static async Task<IReadOnlyList<ComposeContainer>> ListAllAsync(ContainerEngine engine, string project, CancellationToken cancellationToken)
    {
        var options = new ContainerListOptions { Filters = FilterSet.Empty.With("label", $"{ComposeLabels.Project}={project}") };
        IReadOnlyList<ContainerInfo> containers = await engine.Containers.ListAsync(options, cancellationToken).ConfigureAwait(false);
        return [.. containers
            .Where(container => container.Status != ContainerStatus.Removing && container.Labels.ContainsKey(ComposeLabels.Service) && container.Labels.GetValueOrDefault(ComposeLabels.OneOff) != "True")
            .Select(container => new ComposeContainer(container.Labels[ComposeLabels.Service], NumberOf(container), container))
            .OrderBy(container => container.Service, StringComparer.Ordinal)
            .ThenBy(container => container.Number)];
    }

    /// <summary>
    /// Volumes of containers that were made without a name, also those that were handed on from one container to the next: to the engine these are volumes
    /// with a name in all but the first.
    /// </summary>
    public static async Task<HashSet<string>> AnonymousVolumesAsync(ContainerEngine engine, IEnumerable<ContainerInfo> containers, CancellationToken cancellationToken)
    {
        HashSet<string> used = [.. containers.SelectMany(container => container.Volumes).Select(volume => volume.Name)];
        if (used.Count > 0)
            used.IntersectWith((await engine.Volumes.ListAsync(null, cancellationToken).ConfigureAwait(false)).Where(volume => volume.IsAnonymous).Select(volume => volume.Name));
        return used;
    }

    private static int NumberOf(ContainerInfo container)
        => int.TryParse(container.Labels.GetValueOrDefault(ComposeLabels.Number), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 1;
}

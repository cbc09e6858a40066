using System.Globalization;
using ContainerKit.Compose.Services;

namespace ContainerKit.Compose.Running;

/// <summary>The containers of a project, found by their labels.</summary>
internal static class ProjectContainers
{
    public static async Task<IReadOnlyList<ComposeContainer>> ListAsync(ContainerEngine engine, string project, CancellationToken cancellationToken)
    {
        var options = new ContainerListOptions { Filters = FilterSet.Empty.With("label", $"{ComposeLabels.Project}={project}") };
        IReadOnlyList<ContainerInfo> containers = await engine.Containers.ListAsync(options, cancellationToken).ConfigureAwait(false);
        return [.. containers
            .Where(container => container.Status != ContainerStatus.Removing && container.Labels.ContainsKey(ComposeLabels.Service) && container.Labels.GetValueOrDefault(ComposeLabels.OneOff) != "True")
            .Select(container => new ComposeContainer(container.Labels[ComposeLabels.Service], NumberOf(container), container))
            .OrderBy(container => container.Service, StringComparer.Ordinal)
            .ThenBy(container => container.Number)];
    }

    private static int NumberOf(ContainerInfo container)
        => int.TryParse(container.Labels.GetValueOrDefault(ComposeLabels.Number), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 1;
}

using ContainerKit.Compose.Loading;
using ContainerKit.Compose.Running;
using ContainerKit.Compose.Services;

namespace ContainerKit.Compose;

/// <summary>Compose projects of an engine. From <c>engine.Compose</c>.</summary>
public sealed class ComposeOperations
{
    private readonly ContainerEngine _engine;

    internal ComposeOperations(ContainerEngine engine) => _engine = engine;

    /// <summary>Reads a Compose file; nothing is started.</summary>
    /// <param name="path">The file; relative paths start at the current directory.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ComposeFileException">The file is malformed, or asks for what is not known or can't be done here.</exception>
    public Task<ComposeProject> LoadAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return LoadAsync(new ComposeOptions { Files = [path] }, cancellationToken);
    }

    /// <summary>Reads the Compose files that the options name; nothing is started.</summary>
    /// <param name="options">Files, name, profiles and variables; null: the file of the current directory.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ComposeFileException">A file is malformed, or asks for what is not known or can't be done here.</exception>
    public Task<ComposeProject> LoadAsync(ComposeOptions? options = null, CancellationToken cancellationToken = default)
        => ProjectLoader.LoadAsync(_engine, options ?? new ComposeOptions(), null, cancellationToken);

    /// <summary>Reads a Compose file that is a text of the program.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="options">Name, directory, profiles and variables; its files are not read. Null: the project has the name of the current directory.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ComposeFileException">The text is malformed, or asks for what is not known or can't be done here.</exception>
    public Task<ComposeProject> ParseAsync(string yaml, ComposeOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        return ProjectLoader.LoadAsync(_engine, options ?? new ComposeOptions(), yaml, cancellationToken);
    }

    /// <summary>The projects that have containers, by name.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IReadOnlyList<ComposeProjectInfo>> ListAsync(CancellationToken cancellationToken = default)
    {
        var options = new ContainerListOptions { Filters = FilterSet.Empty.With("label", ComposeLabels.Project) };
        IReadOnlyList<ContainerInfo> containers = await _engine.Containers.ListAsync(options, cancellationToken).ConfigureAwait(false);
        return [.. containers
            .Where(container => !Succession.IsUnfinished(container, containers))
            .GroupBy(container => container.Labels[ComposeLabels.Project], StringComparer.Ordinal)
            .OrderBy(project => project.Key, StringComparer.Ordinal)
            .Select(project => new ComposeProjectInfo(
                project.Key,
                project.Count(container => container.Status == ContainerStatus.Running),
                project.Count(),
                [.. (project.First().Labels.GetValueOrDefault(ComposeLabels.ConfigFiles) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)]))];
    }
}

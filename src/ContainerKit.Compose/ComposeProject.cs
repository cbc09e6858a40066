using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using ContainerKit.Compose.Loading;
using ContainerKit.Compose.Running;
using ContainerKit.Compose.Services;
using ContainerKit.Compose.Yaml;

namespace ContainerKit.Compose;

/// <summary>
/// A Compose project: services, networks and volumes as files describe them. Containers, networks and volumes are found by their labels, which are
/// those of docker compose: a project may be loaded again at any time, also by another process on the same data root.
/// </summary>
public sealed class ComposeProject
{
    private readonly ContainerEngine? _engine;

    internal ComposeProject(ContainerEngine? engine, ProjectModel model, ProjectSource source, IReadOnlyCollection<string> profiles, IReadOnlyList<string> warnings)
    {
        _engine = engine;
        Model = model;
        Directory = source.Directory;
        Files = source.Files;
        Warnings = warnings;
        Services = [.. model.Services.Where(service => service.Profiles.IsEmpty || profiles.Contains("*") || service.Profiles.Any(profiles.Contains))];
        RequireEnabled();
    }

    /// <summary>The project's name, with which the names of its containers begin.</summary>
    public string Name => Model.Name;

    /// <summary>The absolute directory that relative paths start at.</summary>
    public string Directory { get; }

    /// <summary>The files that were read, absolute.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>The services that are enabled, in the order of the files.</summary>
    public IReadOnlyList<ComposeService> Services { get; }

    /// <summary>What may be a mistake: variables that are not set.</summary>
    public IReadOnlyList<string> Warnings { get; }

    internal ProjectModel Model { get; }

    internal ContainerEngine Engine => _engine ?? throw new InvalidOperationException("The project was read without an engine.");

    /// <summary>A service, enabled or not.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="NotFoundException">There is none of this name.</exception>
    public ComposeService GetService(string name)
        => Model.Services.FirstOrDefault(service => service.Name == name) ?? throw new NotFoundException($"There is no service '{name}' in the project {Name}: it has {string.Join(", ", Model.Services.Select(service => service.Name))}.");

    /// <summary>The project as one file in canonical form: merged, extended, with variables put in, long forms and absolute paths. It reads as the same project.</summary>
    public string ToYaml()
    {
        HashSet<string> enabled = [.. Services.Select(service => service.Name)];
        return YamlWriter.Write(Model.Root.Change("services", services => new YamlMapping(((YamlMapping)services).Entries.Where(entry => enabled.Contains(entry.Key)), services.Position)));
    }

    /// <summary>
    /// Makes the project what the file says: networks, volumes and images that are missing, then the containers, those that others need first, and the
    /// rest at the same time. Containers that are not as the file says, or whose image is another one now, are replaced; surplus ones are removed.
    /// </summary>
    /// <param name="options">Which services, and how; null for the defaults.</param>
    /// <param name="cancellationToken">Stops where it is; what is there stays, and the next call goes on.</param>
    /// <exception cref="InvalidStateException">A service that another one needs is unhealthy, or has failed.</exception>
    /// <exception cref="NotFoundException">An image, external network or external volume is missing.</exception>
    /// <exception cref="ConflictException">A network or container of that name belongs to somebody else.</exception>
    /// <exception cref="UnsupportedException">Without root: detached containers would be in a network. Nothing was made.</exception>
    public Task UpAsync(ComposeUpOptions? options = null, CancellationToken cancellationToken = default) => new UpRun(this, options ?? new ComposeUpOptions()).RunAsync(cancellationToken);

    /// <summary>Stops and removes the containers, those that need others first, and the networks of the project.</summary>
    /// <param name="options">What else; null: nothing.</param>
    /// <param name="cancellationToken">Stops where it is; the next call goes on.</param>
    public Task DownAsync(ComposeDownOptions? options = null, CancellationToken cancellationToken = default) => new DownRun(this, options ?? new ComposeDownOptions()).RunAsync(cancellationToken);

    /// <summary>The containers of the project, by service and number, those that have ended included.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    public Task<IReadOnlyList<ComposeContainer>> ListContainersAsync(CancellationToken cancellationToken = default) => ProjectContainers.ListAsync(Engine, Name, cancellationToken);

    /// <summary>A container of a service.</summary>
    /// <param name="service">The service.</param>
    /// <param name="number">The container's number, from 1.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="NotFoundException">There is no such container.</exception>
    public async Task<Container> GetContainerAsync(string service, int number = 1, CancellationToken cancellationToken = default)
    {
        ComposeContainer container = (await ListContainersAsync(cancellationToken).ConfigureAwait(false)).FirstOrDefault(each => each.Service == GetService(service).Name && each.Number == number)
            ?? throw new NotFoundException($"The service {service} of the project {Name} has no container {number}: bring it up first.");
        return await Engine.Containers.GetAsync(container.Info.Id, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs a command in the first container of a service.</summary>
    /// <param name="service">The service.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="cancellationToken">Kills the command.</param>
    /// <exception cref="NotFoundException">There is no such container.</exception>
    /// <exception cref="InvalidStateException">It does not run.</exception>
    public async Task<ExecResult> ExecAsync(string service, IEnumerable<string> command, CancellationToken cancellationToken = default)
        => await (await GetContainerAsync(service, 1, cancellationToken).ConfigureAwait(false)).ExecAsync(command, cancellationToken).ConfigureAwait(false);

    /// <summary>Reads what containers have written, all together.</summary>
    /// <param name="options">Which lines; null: all that there are, in the order of time.</param>
    /// <param name="cancellationToken">Ends the enumeration with <see cref="OperationCanceledException"/>.</param>
    public async IAsyncEnumerable<ComposeLogLine> ReadLogsAsync(ComposeLogOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        options ??= new ComposeLogOptions();
        HashSet<string> wanted = [.. Select(options.Services).Where(service => !options.Services.IsEmpty || service.IsAttached).Select(service => service.Name)];
        IEnumerable<ComposeContainer> containers = (await ListContainersAsync(cancellationToken).ConfigureAwait(false)).Where(container => wanted.Contains(container.Service));
        await foreach (ComposeLogLine line in LogMerge.ReadAsync(Engine, [.. containers], options, cancellationToken).ConfigureAwait(false))
            yield return line;
    }

    /// <summary>Starts containers that are there, those that others need first; one that runs is left alone.</summary>
    /// <param name="services">The services; null: all that are enabled.</param>
    /// <param name="progress">Gets the steps.</param>
    /// <param name="cancellationToken">Stops where it is.</param>
    public Task StartAsync(IEnumerable<string>? services = null, IProgress<ComposeProgress>? progress = null, CancellationToken cancellationToken = default)
        => new Lifecycle(this, progress).StartAsync(Select([.. services ?? []]), cancellationToken);

    /// <summary>Stops containers, those that need others first.</summary>
    /// <param name="services">The services; null: all that are enabled.</param>
    /// <param name="timeout">How long they have to end; null: what the file says.</param>
    /// <param name="progress">Gets the steps.</param>
    /// <param name="cancellationToken">Stops where it is.</param>
    public Task StopAsync(IEnumerable<string>? services = null, TimeSpan? timeout = null, IProgress<ComposeProgress>? progress = null, CancellationToken cancellationToken = default)
        => new Lifecycle(this, progress).StopAsync(Select([.. services ?? []]), timeout, cancellationToken);

    /// <summary>Restarts containers, those that others need first.</summary>
    /// <param name="services">The services; null: all that are enabled.</param>
    /// <param name="timeout">How long they have to end; null: what the file says.</param>
    /// <param name="progress">Gets the steps.</param>
    /// <param name="cancellationToken">Stops where it is.</param>
    public Task RestartAsync(IEnumerable<string>? services = null, TimeSpan? timeout = null, IProgress<ComposeProgress>? progress = null, CancellationToken cancellationToken = default)
        => new Lifecycle(this, progress).RestartAsync(Select([.. services ?? []]), timeout, cancellationToken);

    /// <summary>Pulls the images of services that are not built.</summary>
    /// <param name="services">The services; null: all that are enabled.</param>
    /// <param name="progress">Gets the steps.</param>
    /// <param name="pullProgress">Gets what pulls do.</param>
    /// <param name="cancellationToken">Stops where it is.</param>
    public Task PullAsync(
        IEnumerable<string>? services = null, IProgress<ComposeProgress>? progress = null, IProgress<ImageTransferProgress>? pullProgress = null, CancellationToken cancellationToken = default)
        => new ImageSupply(Engine, progress, null, pullProgress).PullAsync(Select([.. services ?? []]), cancellationToken);

    /// <summary>Builds the images of services.</summary>
    /// <param name="services">The services; null: all that are enabled and have something to build.</param>
    /// <param name="progress">Gets the steps.</param>
    /// <param name="buildProgress">Gets what builds do.</param>
    /// <param name="cancellationToken">Stops where it is.</param>
    /// <exception cref="BuildException">A build has failed.</exception>
    public Task BuildAsync(
        IEnumerable<string>? services = null, IProgress<ComposeProgress>? progress = null, IProgress<BuildEvent>? buildProgress = null, CancellationToken cancellationToken = default)
        => new ImageSupply(Engine, progress, buildProgress, null).BuildAsync(Select([.. services ?? []]), cancellationToken);

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>The services of these names, enabled or not; without names all that are enabled.</summary>
    internal IReadOnlyList<ComposeService> Select(ImmutableArray<string> names) => names.IsEmpty ? Services : [.. names.Distinct(StringComparer.Ordinal).Select(GetService)];

    /// <summary>What an enabled service needs has to be enabled as well.</summary>
    private void RequireEnabled()
    {
        foreach (ComposeService service in Services)
        {
            if (service.Dependencies.FirstOrDefault(dependency => dependency.IsRequired && Services.All(other => other.Name != dependency.Service)) is { } missing)
                throw service.Position.Error($"services.{service.Name}.depends_on.{missing.Service}", $"'{missing.Service}' is in a profile that is not enabled: enable {string.Join(" or ", GetService(missing.Service).Profiles)}");
        }
    }
}

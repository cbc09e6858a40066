using ContainerKit.Containers;
using ContainerKit.Containers.Instances;
using ContainerKit.Containers.Listing;
using ContainerKit.Containers.Streams;
using ContainerKit.Containers.Translation;

namespace ContainerKit;

/// <summary>
/// The containers of a data root, those of other engine processes included. From <see cref="ContainerEngine.Containers"/>.
/// </summary>
public sealed class ContainerCollection
{
    private readonly ContainerContext _context;
    private readonly ContainerCreation _creation;

    internal ContainerCollection(ContainerContext context)
    {
        _context = context;
        _creation = new ContainerCreation(context);
    }

    /// <summary>
    /// Creates a container without starting it. It stays until it is removed, also beyond this process, unless the spec says that it
    /// removes itself.
    /// </summary>
    /// <param name="spec">What it is to be.</param>
    /// <param name="cancellationToken">Cancels; nothing is left then.</param>
    /// <returns>A handle that owns nothing.</returns>
    /// <exception cref="ArgumentException">A value of the spec is not allowed; the message names it.</exception>
    /// <exception cref="NotFoundException">There is no such image.</exception>
    /// <exception cref="ConflictException">The name is taken.</exception>
    public async Task<Container> CreateAsync(ContainerSpec spec, CancellationToken cancellationToken = default)
        => new(await CreateAsync(spec, handleOwned: false, cancellationToken).ConfigureAwait(false), owns: false);

    /// <summary>Creates and starts a container, and waits until it is ready if the spec says when that is.</summary>
    /// <param name="spec">What it is to be.</param>
    /// <param name="cancellationToken">Cancels; nothing is left then.</param>
    /// <returns>
    /// A handle that owns the container: disposing it stops and removes it. That of a detached container owns nothing.
    /// </returns>
    /// <exception cref="ArgumentException">A value of the spec is not allowed; the message names it.</exception>
    /// <exception cref="NotFoundException">There is no such image.</exception>
    /// <exception cref="ConflictException">The name is taken.</exception>
    /// <exception cref="ContainerStartException">A step failed; nothing is left.</exception>
    /// <exception cref="UnsupportedException">The spec asks for what this machine or user can't do.</exception>
    /// <exception cref="WaitFailedException">It was not ready as <see cref="ContainerSpec.Readiness"/> says; nothing is left.</exception>
    public async Task<Container> StartAsync(ContainerSpec spec, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        bool isOwned = spec.Lifetime != ContainerLifetime.Detached;
        ContainerInstance instance = await CreateAsync(spec, isOwned, cancellationToken).ConfigureAwait(false);
        try
        {
            await instance.StartAsync(cancellationToken).ConfigureAwait(false);
            var container = new Container(instance, owns: isOwned);
            if (spec.Readiness is { } readiness)
                await container.WaitForAsync(readiness, cancellationToken).ConfigureAwait(false);
            return container;
        }
        catch
        {
            await instance.RemoveAsync(force: true, CancellationToken.None, deleteLater: true).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs a container to its end and removes it.</summary>
    /// <param name="spec">What it is to be. It has no input.</param>
    /// <param name="outputLimit">The most that is kept of each stream; null: 16 MiB.</param>
    /// <param name="cancellationToken">Cancels; the container is killed and nothing is left.</param>
    /// <returns>How it ended, and what it wrote.</returns>
    /// <exception cref="IOException">It wrote more than <paramref name="outputLimit"/> and was killed.</exception>
    /// <exception cref="ContainerStartException">A step failed; nothing is left.</exception>
    public async Task<ExecResult> RunAsync(ContainerSpec spec, ByteSize? outputLimit = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ContainerSpec once = spec with { AutoRemove = true, OpenStdin = false, Lifetime = ContainerLifetime.Engine };
        ContainerInstance instance = await CreateAsync(once, handleOwned: true, cancellationToken).ConfigureAwait(false);
        using var capture = new OutputCapture(outputLimit ?? ExecSpec.DefaultOutputLimit);
        try
        {
            await instance.GetHub().AddAsync(capture).ConfigureAwait(false);
            await instance.StartAsync(cancellationToken).ConfigureAwait(false);
            Task<ExitStatus> exit = instance.WaitAsync(cancellationToken);
            await Task.WhenAny(exit, capture.Overflow).ConfigureAwait(false);
            if (capture.Overflow.IsCompleted)
                throw capture.CreateOverflowException(string.Join(' ', RuntimeSpecFactory.ResolveArguments(spec, instance.Config.Image)));
            ExitStatus status = await exit.ConfigureAwait(false);
            return new ExecResult(status, capture.GetText(LogStream.StandardOutput), capture.GetText(LogStream.StandardError));
        }
        finally
        {
            await instance.RemoveAsync(force: true, CancellationToken.None, deleteLater: true).ConfigureAwait(false);
        }
    }

    /// <summary>Finds a container.</summary>
    /// <param name="idOrName">A name, an id, or the beginning of an id.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>A handle that owns nothing.</returns>
    /// <exception cref="NotFoundException">There is none.</exception>
    /// <exception cref="ConflictException">Several ids begin so.</exception>
    public async Task<Container> GetAsync(string idOrName, CancellationToken cancellationToken = default)
        => await FindAsync(idOrName, cancellationToken).ConfigureAwait(false) ?? throw new NotFoundException($"There is no container '{idOrName}'.");

    /// <summary>Finds a container; null when there is none.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public async Task<Container?> FindAsync(string idOrName, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(idOrName);
        cancellationToken.ThrowIfCancellationRequested();
        _context.Operations.ThrowIfClosed();
        return await ContainerLookup.FindAsync(_context, idOrName).ConfigureAwait(false) is ContainerInstance instance ? new Container(instance, owns: false) : null;
    }

    /// <summary>All containers of the data root, in the order of their creation.</summary>
    public async Task<IReadOnlyList<ContainerInfo>> ListAsync(CancellationToken cancellationToken = default)
    {
        _context.Operations.ThrowIfClosed();
        return await ContainerLookup.ListAsync(_context, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The containers of the data root that the options want, in the order of their creation.</summary>
    /// <param name="options">Filters and limit.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ArgumentException">A filter or its value is not allowed; the message names it and what is allowed.</exception>
    /// <exception cref="NotFoundException">The container that <c>before</c> or <c>since</c> names does not exist.</exception>
    public Task<IReadOnlyList<ContainerInfo>> ListAsync(ContainerListOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        _context.Operations.ThrowIfClosed();
        return ContainerQuery.RunAsync(_context, options, cancellationToken);
    }

    /// <summary>Removes all containers that don't run and that no handle and no other process owns.</summary>
    /// <param name="filters">
    /// <c>until</c> (created at this time or before: a time, seconds since 1970, or how long ago as in <c>24h</c>), <c>label</c> (all must be there),
    /// <c>label!</c> (none may be there); null for all.
    /// </param>
    /// <param name="cancellationToken">Stops; what is removed stays removed.</param>
    /// <exception cref="ArgumentException">A filter or its value is not allowed. Nothing was removed.</exception>
    public Task<ContainerPruneReport> PruneAsync(FilterSet? filters = null, CancellationToken cancellationToken = default)
    {
        _context.Operations.ThrowIfClosed();
        return ContainerPruning.RunAsync(_context, filters ?? FilterSet.Empty, cancellationToken);
    }

    /// <summary>Creates a container with the files that the spec brings.</summary>
    private async Task<ContainerInstance> CreateAsync(ContainerSpec spec, bool handleOwned, CancellationToken cancellationToken)
    {
        ContainerInstance instance = await _creation.CreateAsync(spec, handleOwned, cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (ContainerFile file in spec.Files)
                await file.CopyToAsync(instance, cancellationToken).ConfigureAwait(false);
            return instance;
        }
        catch
        {
            await instance.RemoveAsync(force: true, CancellationToken.None, deleteLater: true).ConfigureAwait(false);
            throw;
        }
    }
}

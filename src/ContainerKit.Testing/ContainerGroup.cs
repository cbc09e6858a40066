using System.Collections.Immutable;

namespace ContainerKit.Testing;

/// <summary>
/// Several containers that belong together: in a network of their own, where each is known by its name in the group, started in the order of their dependencies,
/// those that don't depend on each other at the same time. Describe it by <see cref="Add(string, ContainerSpec, string[])"/>, then <see cref="StartAsync"/>.
/// </summary>
public sealed class ContainerGroup : IAsyncDisposable
{
    private readonly Dictionary<string, GroupMember> _members = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Container> _running = new(StringComparer.Ordinal);
    private readonly Lock _sync = new();
    private Network? _network;
    private bool _isStarted;

    /// <summary>The network, once it is started.</summary>
    /// <exception cref="InvalidOperationException">It is not started.</exception>
    public Network Network => _network ?? throw NotStarted();

    /// <summary>The container of a name.</summary>
    /// <param name="name">As given to Add.</param>
    /// <exception cref="KeyNotFoundException">There is no such member, or it is not started.</exception>
    public Container this[string name]
    {
        get
        {
            lock (_sync)
                return _running.TryGetValue(name, out Container? container) ? container : throw new KeyNotFoundException($"The group has no running container '{name}'. It has: {string.Join(", ", _running.Keys)}.");
        }
    }

    /// <summary>Adds a container.</summary>
    /// <param name="name">What the others reach it by.</param>
    /// <param name="spec">What it is to be; it also is ready when <see cref="ContainerSpec.Readiness"/> says so.</param>
    /// <param name="dependsOn">Names of members that have to be ready before it is started.</param>
    /// <returns>This group.</returns>
    public ContainerGroup Add(string name, ContainerSpec spec, params string[] dependsOn)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return Add(name, new GroupMember(spec, null, [.. dependsOn ?? []]));
    }

    /// <summary>Adds a module.</summary>
    /// <param name="name">What the others reach it by.</param>
    /// <param name="module">What it is to be.</param>
    /// <param name="dependsOn">Names of members that have to be ready before it is started.</param>
    /// <returns>This group.</returns>
    public ContainerGroup Add(string name, ContainerModule module, params string[] dependsOn)
    {
        ArgumentNullException.ThrowIfNull(module);
        return Add(name, new GroupMember(module.ToSpec(), module, [.. dependsOn ?? []]));
    }

    /// <summary>What a client of this machine is given to connect to a member that is a module.</summary>
    /// <param name="name">As given to Add.</param>
    /// <exception cref="InvalidOperationException">The member is no module.</exception>
    public string GetConnectionString(string name)
        => (_members[name].Module ?? throw new InvalidOperationException($"The member '{name}' of the group is no module: use this[\"{name}\"].GetHostEndpoint.")).GetConnectionString(this[name]);

    /// <summary>Makes the network and starts everything. When one fails, all are removed.</summary>
    /// <param name="engine">The engine; null: that of all fixtures.</param>
    /// <param name="cancellationToken">Cancels; nothing is left then.</param>
    /// <exception cref="ArgumentException">A dependency is unknown, or they go in a circle.</exception>
    /// <exception cref="WaitFailedException">One did not become ready; nothing is left.</exception>
    public async Task StartAsync(ContainerEngine? engine = null, CancellationToken cancellationToken = default)
    {
        if (_isStarted)
            throw new InvalidOperationException("The group was started already.");
        CheckDependencies();
        _isStarted = true;
        engine ??= await TestEngine.GetAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _network = await engine.Networks.CreateAsync(new NetworkSpec { Name = RandomName.Create("group") }.WithLabel(RunOwner.Label, RunOwner.Current), cancellationToken).ConfigureAwait(false);
            await StartMembersAsync(engine, _network, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Stops and removes all of it, those first that others depend on last.</summary>
    public async ValueTask DisposeAsync()
    {
        Container[] containers;
        lock (_sync)
        {
            containers = [.. _running.Values.Reverse()];
            _running.Clear();
        }

        foreach (Container container in containers)
            await container.DisposeAsync().ConfigureAwait(false);
        if (Interlocked.Exchange(ref _network, null) is { } network)
            await network.DisposeAsync().ConfigureAwait(false);
    }

    private static InvalidOperationException NotStarted() => new("The group is not started: call StartAsync first.");

    private ContainerGroup Add(string name, GroupMember member)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (_isStarted)
            throw new InvalidOperationException("The group was started already: add everything before.");
        if (!_members.TryAdd(name, member))
            throw new ArgumentException($"name '{name}' is not allowed: the group has a member of that name.", nameof(name));
        return this;
    }

    private async Task StartMembersAsync(ContainerEngine engine, Network network, CancellationToken cancellationToken)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Dictionary<string, Task> starting = new(StringComparer.Ordinal);
        foreach (string name in _members.Keys)
            _ = Begin(name);
        Exception? first = null;
        List<Task> open = [.. starting.Values];
        while (open.Count > 0)
        {
            Task done = await Task.WhenAny(open).ConfigureAwait(false);
            open.Remove(done);
            if (done.IsCompletedSuccessfully || first is not null)
                continue;
            first = done.Exception?.InnerException ?? new OperationCanceledException(cancellationToken);
            await failed.CancelAsync().ConfigureAwait(false);
        }

        if (first is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);

        Task Begin(string name)
        {
            if (!starting.TryGetValue(name, out Task? task))
                starting[name] = task = StartMemberAsync(name, [.. _members[name].DependsOn.Select(Begin)]);
            return task;
        }

        async Task StartMemberAsync(string name, Task[] before)
        {
            await Task.WhenAll(before).ConfigureAwait(false);
            GroupMember member = _members[name];
            ContainerSpec spec = member.Spec.WithNetwork(network, name);
            Container container;
            if (member.Module is { } module)
            {
                container = await ModuleExtensions.StartAsync(engine, module, spec, failed.Token).ConfigureAwait(false);
            }
            else
            {
                await TestEngine.EnsureImageAsync(engine, spec.Image, failed.Token).ConfigureAwait(false);
                container = await engine.Containers.StartAsync(spec, failed.Token).ConfigureAwait(false);
            }

            lock (_sync)
                _running[name] = container;
        }
    }

    private void CheckDependencies()
    {
        Dictionary<string, bool> done = new(StringComparer.Ordinal);
        foreach (string name in _members.Keys)
            Visit(name, []);

        void Visit(string name, ImmutableArray<string> path)
        {
            if (!_members.TryGetValue(name, out GroupMember? member))
                throw new ArgumentException($"The member '{path[^1]}' of the group depends on '{name}', which is not in it.");
            if (done.ContainsKey(name))
                return;
            if (path.Contains(name))
                throw new ArgumentException($"The members of the group depend on each other in a circle: {string.Join(" -> ", path.Add(name))}.");
            foreach (string other in member.DependsOn)
                Visit(other, path.Add(name));
            done[name] = true;
        }
    }
}

using System.Collections.Concurrent;
using ContainerKit.Runtime;
using ContainerKit.Runtime.Processes;
using ContainerKit.Runtime.Roots;

namespace ContainerKit.Tests.Containers;

/// <summary>Starts <see cref="FakeProcess"/>es and records what it was asked.</summary>
internal sealed class FakeRuntime : IContainerRuntime
{
    public bool IsRootless => false;

    public IContainerRoots Roots => throw new NotSupportedException("This runtime has no files.");

    /// <summary>What a started process does; by default it runs until it is told otherwise.</summary>
    internal Func<FakeProcess, Task> Script { get; set; } = _ => Task.CompletedTask;

    /// <summary>What happens before a process exists: delays and failures.</summary>
    internal Func<CancellationToken, Task> BeforeStart { get; set; } = _ => Task.CompletedTask;

    internal ConcurrentQueue<RuntimeSpec> Started { get; } = [];

    internal ConcurrentQueue<RuntimeExecSpec> Executed { get; } = [];

    internal ConcurrentQueue<FakeProcess> Processes { get; } = [];

    internal ConcurrentQueue<(string Id, ProcessIdentity? Identity)> CleanedUp { get; } = [];

    internal bool IsDisposed { get; private set; }

    internal FakeProcess LastProcess => Processes.Last();

    public async Task<IContainerProcess> StartAsync(RuntimeSpec spec, CancellationToken cancellationToken)
    {
        Started.Enqueue(spec);
        return await LaunchAsync(spec.Process, cancellationToken);
    }

    public async Task<IContainerProcess> ExecAsync(RuntimeExecSpec spec, CancellationToken cancellationToken)
    {
        Executed.Enqueue(spec);
        return await LaunchAsync(spec.Process, cancellationToken);
    }

    public Task CleanUpAsync(string id, ProcessIdentity? identity, CancellationToken cancellationToken)
    {
        CleanedUp.Enqueue((id, identity));
        return Task.CompletedTask;
    }

    /// <summary>What running containers use and what was done to them, by id.</summary>
    internal ConcurrentDictionary<string, FakeResources> Resources { get; } = [];

    public IContainerResources OpenResources(string id, ProcessIdentity first) => Resources.GetOrAdd(id, _ => new FakeResources());

    public Task RemoveTreeAsync(string path, CancellationToken cancellationToken)
    {
        Directory.Delete(path, recursive: true);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return default;
    }

    private async Task<FakeProcess> LaunchAsync(RuntimeProcess spec, CancellationToken cancellationToken)
    {
        await BeforeStart(cancellationToken);
        var process = new FakeProcess(spec);
        Processes.Enqueue(process);

        // What a script sets up before its first wait holds from the first moment on.
        _ = Script(process);
        return process;
    }
}

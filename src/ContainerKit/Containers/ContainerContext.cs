using System.Collections.Concurrent;
using ContainerKit.Events;
using ContainerKit.Runtime;
using Microsoft.Extensions.Logging;

namespace ContainerKit.Containers;

/// <summary>What all containers of an engine share.</summary>
internal sealed class ContainerContext(string dataRoot, IContainerRuntime runtime, IContainerImages images, TimeProvider time, ILogger logger) : IDisposable
{
    internal ContainerPaths Paths { get; } = new(dataRoot);

    internal NameRegistry Names { get; } = new(new ContainerPaths(dataRoot));

    internal IContainerRuntime Runtime { get; } = runtime;

    internal IContainerImages Images { get; } = images;

    internal TimeProvider Time { get; } = time;

    internal ILogger Logger { get; } = logger;

    internal EventLog Events { get; } = new(time);

    internal OperationGate Operations { get; } = new();

    /// <summary>Containers that this process owns or has handles of, by id: all handles of a container share one object.</summary>
    internal ConcurrentDictionary<string, ContainerInstance> Instances { get; } = new(StringComparer.Ordinal);

    public void Dispose() => Operations.Dispose();
}

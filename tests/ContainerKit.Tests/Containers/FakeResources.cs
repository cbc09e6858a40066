using System.Collections.Concurrent;
using ContainerKit.Runtime;

namespace ContainerKit.Tests.Containers;

/// <summary>Resources that record what is done to them.</summary>
internal sealed class FakeResources : IContainerResources
{
    internal bool IsFrozen { get; private set; }

    internal Func<CancellationToken, ValueTask> OnFreeze { get; set; } = _ => default;

    internal Action<RuntimeSpec> OnLimits { get; set; } = _ => { };

    internal ConcurrentQueue<RuntimeSpec> Limits { get; } = [];

    internal long OutOfMemoryKills { get; set; }

    internal ResourceUsage Usage { get; set; } = new();

    internal IReadOnlyList<int> ProcessIds { get; set; } = [];

    public async ValueTask FreezeAsync(CancellationToken cancellationToken)
    {
        await OnFreeze(cancellationToken);
        IsFrozen = true;
    }

    public void Thaw() => IsFrozen = false;

    public void SetLimits(RuntimeSpec spec)
    {
        OnLimits(spec);
        Limits.Enqueue(spec);
    }

    public IReadOnlyList<int> ListProcesses() => ProcessIds;

    public ResourceUsage ReadUsage() => Usage;

    public long ReadOutOfMemoryKills() => OutOfMemoryKills;

    public void Dispose()
    {
        // Shared by all who look.
    }
}

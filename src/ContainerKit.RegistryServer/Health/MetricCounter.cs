namespace ContainerKit.RegistryServer.Health;

/// <summary>A number that only grows.</summary>
internal sealed class MetricCounter
{
    private long _value;

    internal long Value => Volatile.Read(ref _value);

    internal void Add(long count = 1) => Interlocked.Add(ref _value, count);
}

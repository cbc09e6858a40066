using System.Diagnostics;
using ContainerKit.Benchmarks.Comparison;

namespace ContainerKit.Benchmarks.Fixtures;

/// <summary>One way to get a fresh container, with its measurements.</summary>
/// <param name="Name">For the table.</param>
/// <param name="StartAsync">Returns when it is ready; disposing removes it.</param>
internal sealed record FixtureWay(string Name, Func<CancellationToken, Task<IAsyncDisposable>> StartAsync)
{
    /// <summary>From the request until it accepts connections.</summary>
    public LatencySamples Ready { get; } = new();

    /// <summary>From the request until it is removed.</summary>
    public LatencySamples Gone { get; } = new();

    public async Task RunAsync(bool isMeasured, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var container = await StartAsync(cancellationToken);
        var ready = watch.Elapsed;
        await container.DisposeAsync();
        var gone = watch.Elapsed;
        if (!isMeasured)
            return;
        Ready.Add(ready);
        Gone.Add(gone);
    }
}

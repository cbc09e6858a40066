using System.Diagnostics;

namespace ContainerKit.IntegrationTests.Stress;

/// <summary>Random moments, finer than timers are. Each run has a seed that a failure shows.</summary>
internal sealed class Moments(int seed)
{
    private readonly Random _random = new(seed);

    internal int Seed => seed;

    internal static Moments Create() => new(Random.Shared.Next());

    internal int Next(int below)
    {
        lock (_random)
            return _random.Next(below);
    }

    /// <summary>Does something after up to <paramref name="limit"/>, on another thread.</summary>
    internal Task After(TimeSpan limit, Func<Task> action)
    {
        TimeSpan delay = TimeSpan.FromMicroseconds(Next((int)limit.TotalMicroseconds));
        long start = Stopwatch.GetTimestamp();
        return Task.Run(async () =>
        {
            SpinWait spin = default;
            while (Stopwatch.GetElapsedTime(start) < delay)
                spin.SpinOnce(sleep1Threshold: -1);
            await action();
        });
    }

    public override string ToString() => $"seed {seed}";
}

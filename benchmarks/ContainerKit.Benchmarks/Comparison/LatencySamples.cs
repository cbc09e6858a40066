namespace ContainerKit.Benchmarks.Comparison;

/// <summary>The durations of one peer's measured runs.</summary>
internal sealed class LatencySamples
{
    private readonly List<TimeSpan> _durations = [];

    /// <summary>Number of runs.</summary>
    public int Count => _durations.Count;

    /// <summary>The middle one, or the mean of the two in the middle.</summary>
    public TimeSpan Median
    {
        get
        {
            var sorted = Sorted();
            var middle = sorted.Length / 2;
            return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        }
    }

    /// <summary>Nearest rank: the smallest duration that is not exceeded by 99 % of the runs. Below 100 runs, the slowest.</summary>
    public TimeSpan P99 => Sorted()[(int)Math.Ceiling(_durations.Count * 0.99) - 1];

    /// <summary>The fastest run.</summary>
    public TimeSpan Fastest => _durations.Min();

    /// <summary>Adds a run.</summary>
    public void Add(TimeSpan duration) => _durations.Add(duration);

    private TimeSpan[] Sorted()
    {
        if (_durations.Count == 0)
            throw new InvalidOperationException("no runs were measured");
        return [.. _durations.Order()];
    }
}

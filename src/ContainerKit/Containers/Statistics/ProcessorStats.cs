namespace ContainerKit;

/// <summary>Processor time of a container.</summary>
public sealed record ProcessorStats
{
    /// <summary>Time in user space and kernel since the start, over all processors.</summary>
    public required TimeSpan Total { get; init; }

    /// <summary>Of that, in user space.</summary>
    public required TimeSpan User { get; init; }

    /// <summary>Of that, in the kernel.</summary>
    public required TimeSpan Kernel { get; init; }

    /// <summary>Periods of 100 ms in which the limit was used up.</summary>
    public long ThrottledPeriods { get; init; }

    /// <summary>Time spent waiting because of the limit, over all processors.</summary>
    public TimeSpan Throttled { get; init; }

    /// <summary>Time of the whole machine since it was booted, idle time included, over all processors.</summary>
    public required TimeSpan Machine { get; init; }

    /// <summary>Processors that are switched on.</summary>
    public required int OnlineProcessors { get; init; }

    /// <summary><see cref="Total"/> since the sample before; null for the first one.</summary>
    public TimeSpan? TotalDelta { get; init; }

    /// <summary><see cref="Machine"/> since the sample before; null for the first one.</summary>
    public TimeSpan? MachineDelta { get; init; }

    /// <summary>Use since the sample before, 100 for one whole processor, as docker stats shows it; null for the first sample.</summary>
    public double? Percent => TotalDelta is TimeSpan used && MachineDelta is TimeSpan machine && machine > TimeSpan.Zero
        ? used / machine * OnlineProcessors * 100
        : null;
}

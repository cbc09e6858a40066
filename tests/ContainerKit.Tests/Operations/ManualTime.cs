namespace ContainerKit.Tests.Operations;

/// <summary>A clock that stands still until a test moves it, and then only after what is to happen was waited for.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _sync = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = new(2025, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_sync)
            return _now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock without waiting for anything.</summary>
    internal void Advance(TimeSpan time)
    {
        List<ManualTimer> due;
        lock (_sync)
        {
            _now += time;
            due = [.. _timers.Where(timer => timer.DueAt <= _now)];
            due.ForEach(timer => _timers.Remove(timer));
        }

        due.ForEach(timer => timer.Fire());
    }

    /// <summary>Waits until somebody waits for exactly so long from now, and lets that time pass.</summary>
    internal async Task PassAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_sync)
            {
                if (_timers.Exists(timer => timer.DueAt == _now + wait))
                    break;
                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(TimeSpan.FromMinutes(1), cancellationToken);
            }
            catch (TimeoutException)
            {
                lock (_sync)
                    throw new TimeoutException($"Nobody waits for {wait}; there are waits for {string.Join(", ", _timers.Select(timer => timer.DueAt - _now))}.");
            }
        }

        Advance(wait);
    }

    private void Set(ManualTimer timer, TimeSpan dueTime)
    {
        TaskCompletionSource changed;
        lock (_sync)
        {
            _timers.Remove(timer);
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                timer.DueAt = _now + dueTime;
                _timers.Add(timer);
            }

            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.TrySetResult();
        if (dueTime == TimeSpan.Zero)
            Advance(TimeSpan.Zero);
    }

    private sealed class ManualTimer(ManualTime time, Action callback) : ITimer
    {
        internal DateTimeOffset DueAt { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            time.Set(this, dueTime);
            return true;
        }

        public void Dispose() => time.Set(this, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        internal void Fire() => callback();
    }
}

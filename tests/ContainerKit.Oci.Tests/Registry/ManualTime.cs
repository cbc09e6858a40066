using System.Collections.Concurrent;

namespace ContainerKit.Oci.Tests.Registry;

/// <summary>A clock that a test moves; timers are the system's, and remembered.</summary>
internal sealed class ManualTime : TimeProvider
{
    private long _ticks = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).Ticks;

    public ConcurrentBag<TimeSpan> Timers { get; } = [];

    public void Advance(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Timers.Add(dueTime);
        return base.CreateTimer(callback, state, dueTime, period);
    }

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);
}

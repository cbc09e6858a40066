namespace ContainerKit.Containers.Restarts;

/// <summary>How long to wait before the next restart; Docker's numbers.</summary>
internal sealed class RestartBackOff
{
    internal static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    internal static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <summary>A run of this length was no failure of starting.</summary>
    internal static readonly TimeSpan GoodRun = TimeSpan.FromSeconds(10);

    private TimeSpan _next;

    /// <summary>A caller started it: begin anew.</summary>
    internal void Reset() => _next = TimeSpan.Zero;

    /// <summary>The delay after a run of this length.</summary>
    internal TimeSpan After(TimeSpan run)
    {
        if (run >= GoodRun)
            Reset();
        _next = _next == TimeSpan.Zero ? First : _next * 2 < Longest ? _next * 2 : Longest;
        return _next;
    }
}

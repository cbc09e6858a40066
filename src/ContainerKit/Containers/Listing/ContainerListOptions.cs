namespace ContainerKit;

/// <summary>Which containers are listed.</summary>
public sealed record ContainerListOptions
{
    /// <summary>
    /// <c>id</c> and <c>name</c> (a part of them, or a regular expression), <c>label</c> (<c>name</c> or <c>name=value</c>; all must be there),
    /// <c>status</c> (created, running, paused, restarting, exited, removing, dead), <c>exited</c> (an exit code), <c>ancestor</c> (the image that it
    /// was made of, or one that that was made of), <c>before</c> and <c>since</c> (created before or after this container), <c>health</c> (starting,
    /// healthy, unhealthy, none), <c>volume</c> (source or target of a mount), <c>network</c> (none, host), <c>publish</c> and <c>expose</c> (a
    /// port, <c>80</c>, <c>80/tcp</c> or <c>80-90/udp</c>), <c>is-task</c> (there are none), <c>isolation</c> (default).
    /// </summary>
    public FilterSet Filters { get; init => field = value ?? FilterSet.Empty; } = FilterSet.Empty;

    /// <summary>
    /// True: only those that run, are paused or are about to be restarted, unless there is a limit or a <c>status</c> filter. Default false: all.
    /// </summary>
    public bool RunningOnly { get; init; }

    /// <summary>Only so many, those that were created last; null for no limit.</summary>
    public int? Limit { get; init; }
}

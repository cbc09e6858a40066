namespace ContainerKit;

/// <summary>The actions of events, in Docker's words.</summary>
public static class EventAction
{
    /// <summary>A container was created.</summary>
    public const string Create = "create";

    /// <summary>A container was started, by a caller or by its restart policy.</summary>
    public const string Start = "start";

    /// <summary>A container's first process ended; <c>exitCode</c> says how.</summary>
    public const string Die = "die";

    /// <summary>A container was stopped by a caller.</summary>
    public const string Stop = "stop";

    /// <summary>A container got a signal; <c>signal</c> is its number.</summary>
    public const string Kill = "kill";

    /// <summary>A container was paused.</summary>
    public const string Pause = "pause";

    /// <summary>A paused container continues.</summary>
    public const string Unpause = "unpause";

    /// <summary>A container was restarted by a caller.</summary>
    public const string Restart = "restart";

    /// <summary>A container was renamed; <c>oldName</c> is what it was called before.</summary>
    public const string Rename = "rename";

    /// <summary>Limits or restart policy of a container were changed.</summary>
    public const string Update = "update";

    /// <summary>A container was removed.</summary>
    public const string Destroy = "destroy";

    /// <summary>The kernel killed a process of the container because memory was used up.</summary>
    public const string OutOfMemory = "oom";

    /// <summary>A health check changed its verdict, which is the detail: <c>healthy</c>, <c>unhealthy</c>.</summary>
    public const string HealthStatus = "health_status";

    /// <summary>A further command is to be run in a container; <c>execID</c> identifies it, the detail is the command.</summary>
    public const string ExecCreate = "exec_create";

    /// <summary>A further command runs.</summary>
    public const string ExecStart = "exec_start";

    /// <summary>A further command ended; <c>exitCode</c> says how.</summary>
    public const string ExecDie = "exec_die";

    /// <summary>An image was made of a root file system.</summary>
    public const string Import = "import";

    /// <summary>An image was loaded from an archive.</summary>
    public const string Load = "load";

    /// <summary>An image got a name, which is the attribute <c>name</c>.</summary>
    public const string Tag = "tag";

    /// <summary>An image lost a name.</summary>
    public const string Untag = "untag";

    /// <summary>An image was removed.</summary>
    public const string Delete = "delete";

    /// <summary>A running container got into a network, whose event this is; <c>container</c> is the container's id.</summary>
    public const string Connect = "connect";

    /// <summary>A container got out of a network, whose event this is; <c>container</c> is the container's id.</summary>
    public const string Disconnect = "disconnect";

    /// <summary>
    /// A container that was started has a volume, whose event this is; <c>container</c> is the container's id, <c>destination</c> the path inside,
    /// <c>driver</c> the volume's driver, <c>propagation</c> is empty, and <c>read/write</c> is <c>true</c> or <c>false</c>.
    /// </summary>
    public const string Mount = "mount";

    /// <summary>A container that had a volume has ended; <c>container</c> is the container's id, <c>driver</c> the volume's driver.</summary>
    public const string Unmount = "unmount";
}

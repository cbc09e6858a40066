namespace ContainerKit.Linux.Security;

/// <summary>A resource that setrlimit(2) limits. The values are those of x86-64 and arm64.</summary>
public enum ResourceLimit
{
    /// <summary>CPU time in seconds.</summary>
    RLIMIT_CPU = 0,

    /// <summary>Size of files that the process writes, in bytes.</summary>
    RLIMIT_FSIZE = 1,

    /// <summary>Data segment, in bytes.</summary>
    RLIMIT_DATA = 2,

    /// <summary>Stack of the main thread, in bytes.</summary>
    RLIMIT_STACK = 3,

    /// <summary>Core files, in bytes.</summary>
    RLIMIT_CORE = 4,

    /// <summary>Resident set; without effect since Linux 2.4.30.</summary>
    RLIMIT_RSS = 5,

    /// <summary>Processes and threads of the real user id.</summary>
    RLIMIT_NPROC = 6,

    /// <summary>One more than the highest file descriptor.</summary>
    RLIMIT_NOFILE = 7,

    /// <summary>Locked memory, in bytes.</summary>
    RLIMIT_MEMLOCK = 8,

    /// <summary>Address space, in bytes.</summary>
    RLIMIT_AS = 9,

    /// <summary>File locks; without effect since Linux 2.4.25.</summary>
    RLIMIT_LOCKS = 10,

    /// <summary>Queued signals of the real user id.</summary>
    RLIMIT_SIGPENDING = 11,

    /// <summary>POSIX message queues of the real user id, in bytes.</summary>
    RLIMIT_MSGQUEUE = 12,

    /// <summary>Ceiling of the nice value: 20 minus the limit.</summary>
    RLIMIT_NICE = 13,

    /// <summary>Ceiling of the real-time priority.</summary>
    RLIMIT_RTPRIO = 14,

    /// <summary>CPU time in microseconds without a blocking call under real-time scheduling.</summary>
    RLIMIT_RTTIME = 15,
}

namespace ContainerKit.Linux.Io;

/// <summary>The events of epoll_ctl(2) that are used here.</summary>
[Flags]
internal enum EpollEvents : uint
{
    None = 0,

    /// <summary>EPOLLIN: a read does not block.</summary>
    Readable = 0x001,

    /// <summary>EPOLLPRI: a file of a cgroup has changed since it was read.</summary>
    Priority = 0x002,

    /// <summary>EPOLLOUT: a write does not block.</summary>
    Writable = 0x004,

    /// <summary>EPOLLERR: reported without being asked for.</summary>
    Error = 0x008,

    /// <summary>EPOLLHUP: reported without being asked for.</summary>
    HangUp = 0x010,

    /// <summary>EPOLLONESHOT: reported once, then disarmed.</summary>
    OneShot = 1u << 30,
}

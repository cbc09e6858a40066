namespace ContainerKit.Linux.Io;

/// <summary>The events of epoll_ctl(2) that are used here.</summary>
[Flags]
internal enum EpollEvents : uint
{
    None = 0,

    /// <summary>EPOLLIN: a read does not block.</summary>
    Readable = 0x001,

    /// <summary>EPOLLPRI: a file of a cgroup has changed since it was read; urgent data of a socket.</summary>
    Priority = 0x002,

    /// <summary>EPOLLOUT: a write does not block.</summary>
    Writable = 0x004,

    /// <summary>EPOLLERR: reported without being asked for.</summary>
    Error = 0x008,

    /// <summary>EPOLLHUP: reported without being asked for.</summary>
    HangUp = 0x010,

    /// <summary>EPOLLRDHUP: the other side has ended its stream.</summary>
    ReadHangUp = 0x2000,

    /// <summary>EPOLLONESHOT: reported once, then disarmed.</summary>
    OneShot = 1u << 30,

    /// <summary>EPOLLET: reported when something happens, not as long as it holds.</summary>
    EdgeTriggered = 1u << 31,
}

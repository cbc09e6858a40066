using System.Collections.Concurrent;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Io;

/// <summary>The one thread that waits for all descriptors, epoll(7). It tells who is ready and does no I/O for them.</summary>
/// <remarks>
/// Every watch is EPOLLONESHOT: it is armed exactly while somebody waits, so a stream that nobody reads causes no events (back-pressure
/// costs nothing), and arming looks at the descriptor's present state, so no readiness can be missed between a failed read and the wait.
/// Edge-triggered watches would save the epoll_ctl per wait (0.3 µs), and pay with bookkeeping about edges that came early.
/// A watch is known to the kernel by an id that is never used twice, not by its descriptor's number: an event of a closed
/// descriptor finds nobody, whoever has the number now.
/// </remarks>
internal sealed class Reactor : IDisposable
{
    private const ulong WakeId = 0;
    private const int MaxEvents = 128;

    private static readonly Lock s_sharedGate = new();
    private static Reactor? s_shared;

    private readonly ConcurrentDictionary<ulong, EpollRegistration> _registrations = new();
    private readonly FileDescriptor _epoll;
    private readonly FileDescriptor _wake;
    private readonly Thread _thread;
    private ulong _lastId = WakeId;
    private volatile bool _stopping;

    internal Reactor()
    {
        _epoll = new FileDescriptor(LinuxException.ThrowIfFailed(LibC.epoll_create1(LibC.EpollCloExec), "epoll_create1"), ownsDescriptor: true);
        try
        {
            int wake = LinuxException.ThrowIfFailed(LibC.eventfd(0, LibC.EfdCloExec | LibC.EfdNonBlock), "eventfd");
            _wake = new FileDescriptor(wake, ownsDescriptor: true);
            Control(LibC.EpollCtlAdd, wake, EpollEvents.Readable, WakeId);
        }
        catch
        {
            _wake?.Dispose();
            _epoll.Dispose();
            throw;
        }

        _thread = new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = "ContainerKit epoll" };
        _thread.UnsafeStart();
    }

    /// <summary>The process-wide reactor; its thread starts with the first use and lasts as long as the process.</summary>
    internal static Reactor Shared
    {
        get
        {
            if (Volatile.Read(ref s_shared) is { } reactor)
            {
                return reactor;
            }

            lock (s_sharedGate)
            {
                return s_shared ??= new Reactor();
            }
        }
    }

    /// <summary>Stops the thread. Waits that are pending never complete, so this is for reactors whose registrations are gone.</summary>
    public unsafe void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        ulong one = 1;
        LinuxException.ThrowIfFailed(LibC.write(_wake, (byte*)&one, sizeof(ulong)), "write eventfd");
        _thread.Join();
        _wake.Dispose();
        _epoll.Dispose();
    }

    internal ulong Add(EpollRegistration registration, int descriptor, EpollEvents events)
    {
        ulong id = Interlocked.Increment(ref _lastId);
        _registrations[id] = registration;
        try
        {
            Control(LibC.EpollCtlAdd, descriptor, events | EpollEvents.OneShot, id);
            return id;
        }
        catch
        {
            _registrations.TryRemove(id, out _);
            throw;
        }
    }

    internal void Rearm(ulong id, int descriptor, EpollEvents events)
        => Control(LibC.EpollCtlMod, descriptor, events | EpollEvents.OneShot, id);

    internal void Remove(ulong id, int descriptor)
    {
        _registrations.TryRemove(id, out _);

        // It fails only when the kernel has no such watch any more, which is what is wanted.
        _ = TryControl(LibC.EpollCtlDel, descriptor, EpollEvents.None, id);
    }

    private void Control(int operation, int descriptor, EpollEvents events, ulong id)
        => LinuxException.ThrowIfFailed(TryControl(operation, descriptor, events, id), "epoll_ctl");

    private unsafe int TryControl(int operation, int descriptor, EpollEvents events, ulong id)
    {
        byte* epollEvent = stackalloc byte[EpollEventLayout.MaxSize];
        EpollEventLayout.Write(epollEvent, events, id);
        return LibC.epoll_ctl(_epoll, operation, descriptor, epollEvent);
    }

    private unsafe void Run()
    {
        byte* events = stackalloc byte[EpollEventLayout.MaxSize * MaxEvents];
        while (!_stopping)
        {
            int count = LibC.epoll_wait(_epoll, events, MaxEvents, timeout: -1);
            if (count < 0)
            {
                LinuxException error = LinuxException.FromLastError("epoll_wait");
                if (error.Errno != Errno.EINTR)
                {
                    throw error;
                }
            }

            for (int i = 0; i < count; i++)
            {
                byte* epollEvent = events + (i * EpollEventLayout.Size);
                if (_registrations.TryGetValue(EpollEventLayout.Data(epollEvent), out EpollRegistration? registration))
                {
                    registration.OnReady(EpollEventLayout.Events(epollEvent));
                }
            }
        }
    }
}

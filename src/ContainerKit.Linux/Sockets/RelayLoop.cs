using System.Collections.Concurrent;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Io;

namespace ContainerKit.Linux.Sockets;

/// <summary>A thread that relays: it waits for all of its connections, epoll(7), and moves what they have itself.</summary>
/// <remarks>
/// Unlike the <see cref="Reactor"/>, which only tells who is ready, so that nobody's work delays the others: here all work is moving bytes, in turns that
/// are bounded, and handing each message to another thread costs more than moving it.
/// </remarks>
#pragma warning disable CA1001 // there is no end before that of the process
internal sealed unsafe class RelayLoop
#pragma warning restore CA1001
{
    private const ulong WakeId = ulong.MaxValue;
    private const int MaxEvents = 256;
    private const int BufferSize = 64 << 10;
    private const int MaxLoops = 4;
    private const EpollEvents Watched = EpollEvents.Readable | EpollEvents.Writable | EpollEvents.Priority | EpollEvents.ReadHangUp | EpollEvents.EdgeTriggered;

    private static readonly Lazy<RelayLoop>[] s_loops =
        [.. Enumerable.Range(0, Math.Clamp(Environment.ProcessorCount / 2, 1, MaxLoops)).Select(_ => new Lazy<RelayLoop>(() => new RelayLoop()))];

    private static uint s_last;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true);
    private readonly ConcurrentQueue<RelayConnection> _posted = new();
    private readonly Queue<RelayFlow> _turns = new();
    private readonly Stack<int> _freeSlots = new();
    private readonly List<RelayConnection?> _slots = [];
    private readonly FileDescriptor _epoll;
    private readonly FileDescriptor _wake;
    private int _isWoken;

    private RelayLoop()
    {
        _epoll = new FileDescriptor(LinuxException.ThrowIfFailed(LibC.epoll_create1(LibC.EpollCloExec), "epoll_create1"), ownsDescriptor: true);
        try
        {
            _wake = new FileDescriptor(LinuxException.ThrowIfFailed(LibC.eventfd(0, LibC.EfdCloExec | LibC.EfdNonBlock), "eventfd"), ownsDescriptor: true);
            LinuxException.ThrowIfFailed(Control(LibC.EpollCtlAdd, (int)_wake.DangerousGetHandle(), EpollEvents.Readable | EpollEvents.EdgeTriggered, WakeId), "epoll_ctl");
        }
        catch
        {
            _wake?.Dispose();
            _epoll.Dispose();
            throw;
        }

        new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = "ContainerKit relay" }.UnsafeStart();
    }

    /// <summary>Pipes of this thread.</summary>
    internal RelayPipes Pipes { get; } = new();

    /// <summary>For what is passed on at once.</summary>
    internal Span<byte> Buffer => _buffer;

    /// <summary>The thread whose turn it is to get a connection; it starts with its first one and lasts as long as the process.</summary>
    internal static RelayLoop Next() => s_loops[Interlocked.Increment(ref s_last) % s_loops.Length].Value;

    /// <summary>Tells the thread of a connection that is new or was given up. From any thread.</summary>
    internal void Post(RelayConnection connection)
    {
        _posted.Enqueue(connection);
        if (Interlocked.Exchange(ref _isWoken, 1) == 0)
        {
            ulong one = 1;
            LinuxException.ThrowIfFailed(LibC.write(_wake, (byte*)&one, sizeof(ulong)), "write eventfd");
        }
    }

    /// <summary>Has a direction continued after the others.</summary>
    internal void Enqueue(RelayFlow flow)
    {
        if (!flow.IsQueued)
        {
            flow.IsQueued = true;
            _turns.Enqueue(flow);
        }
    }

    /// <summary>Forgets a connection, also one that it does not know.</summary>
    internal void Remove(RelayConnection connection)
    {
        if (connection.Slot < 0)
        {
            return;
        }

        // It fails only when the kernel has no such watch, which is what is wanted.
        _ = Control(LibC.EpollCtlDel, connection.Number(0), EpollEvents.None, 0);
        _ = Control(LibC.EpollCtlDel, connection.Number(1), EpollEvents.None, 0);
        _slots[connection.Slot] = null;
        _freeSlots.Push(connection.Slot);
        connection.Slot = -1;
    }

    private void Run()
    {
        byte* events = stackalloc byte[EpollEventLayout.MaxSize * MaxEvents];
        while (true)
        {
            int count = LibC.epoll_wait(_epoll, events, MaxEvents, timeout: _turns.Count > 0 ? 0 : -1);
            if (count < 0)
            {
                LinuxException error = LinuxException.FromLastError("epoll_wait");
                if (error.Errno != Errno.EINTR)
                {
                    throw error;
                }
            }

            bool isWoken = false;
            for (int i = 0; i < count; i++)
            {
                byte* epollEvent = events + (i * EpollEventLayout.Size);
                ulong id = EpollEventLayout.Data(epollEvent);
                if (id == WakeId)
                {
                    isWoken = true;
                }
                else
                {
                    // Null: it has ended with an earlier event of these.
                    _slots[(int)(id >> 1)]?.OnEvents((int)(id & 1), EpollEventLayout.Events(epollEvent));
                }
            }

            for (int turns = _turns.Count; turns > 0; turns--)
            {
                RelayFlow flow = _turns.Dequeue();
                flow.IsQueued = false;
                flow.Connection.Move(flow);
            }

            // Not before: a slot that became free is not to be somebody else's while there are events of the former.
            if (isWoken)
            {
                TakePosted();
            }
        }
    }

    private void TakePosted()
    {
        Interlocked.Exchange(ref _isWoken, 0);
        while (_posted.TryDequeue(out RelayConnection? connection))
        {
            if (connection.Ended.IsCompleted)
            {
                continue;
            }

            if (connection.IsStopped)
            {
                connection.Cancel();
            }
            else
            {
                Add(connection);
            }
        }
    }

    private void Add(RelayConnection connection)
    {
        if (!_freeSlots.TryPop(out int slot))
        {
            slot = _slots.Count;
            _slots.Add(null);
        }

        _slots[slot] = connection;
        connection.Slot = slot;
        for (int side = 0; side < 2; side++)
        {
            if (Control(LibC.EpollCtlAdd, connection.Number(side), Watched, ((ulong)slot << 1) | (uint)side) < 0)
            {
                connection.Fail(LinuxException.FromLastError("epoll_ctl").Errno);
                return;
            }
        }
    }

    private int Control(int operation, int descriptor, EpollEvents events, ulong id)
    {
        byte* epollEvent = stackalloc byte[EpollEventLayout.MaxSize];
        EpollEventLayout.Write(epollEvent, events, id);
        return LibC.epoll_ctl(_epoll, operation, descriptor, epollEvent);
    }
}

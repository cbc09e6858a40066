using System.Net.Sockets;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Io;

namespace ContainerKit.Linux.Sockets;

/// <summary>Two sockets that are relayed. It holds a reference to both handles, so that their numbers stay open as long as the thread uses them.</summary>
internal sealed class RelayConnection
{
    private const EpollEvents Failing = EpollEvents.HangUp | EpollEvents.Error;
    private const EpollEvents Reading = EpollEvents.Readable | EpollEvents.Priority | EpollEvents.ReadHangUp | Failing;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RelayLoop _loop;
    private readonly SafeSocketHandle[] _handles;
    private readonly FileDescriptor[] _sockets;

    /// <summary>By the socket that it reads from.</summary>
    private readonly RelayFlow[] _flows;
    private volatile bool _isStopped;

    private RelayConnection(RelayLoop loop, SafeSocketHandle[] handles)
    {
        (_loop, _handles) = (loop, handles);
        _sockets = Array.ConvertAll(handles, handle => new FileDescriptor((int)handle.DangerousGetHandle(), ownsDescriptor: false));
        _flows = [NewFlow(0, 1), NewFlow(1, 0)];
    }

    /// <summary>When the thread has let go of the sockets.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>Its place in the thread's table, which the thread writes; below zero before and after.</summary>
    internal int Slot { get; set; } = -1;

    /// <summary>Somebody has given it up.</summary>
    internal bool IsStopped => _isStopped;

    internal static RelayConnection Create(RelayLoop loop, SafeSocketHandle first, SafeSocketHandle second)
    {
        bool isFirstHeld = false;
        bool isSecondHeld = false;
        try
        {
            first.DangerousAddRef(ref isFirstHeld);
            second.DangerousAddRef(ref isSecondHeld);
            RelayConnection connection = new(loop, [first, second]);
            Array.ForEach(connection._sockets, socket => socket.SetNonBlocking());
            return connection;
        }
        catch
        {
            if (isFirstHeld)
            {
                first.DangerousRelease();
            }

            if (isSecondHeld)
            {
                second.DangerousRelease();
            }

            throw;
        }
    }

    internal void Start() => _loop.Post(this);

    internal void Stop()
    {
        _isStopped = true;
        _loop.Post(this);
    }

    /// <summary>The descriptor of a side.</summary>
    internal int Number(int side) => (int)_sockets[side].DangerousGetHandle();

    /// <summary>Something happened to the socket of a side.</summary>
    internal void OnEvents(int side, EpollEvents events)
    {
        RelayFlow incoming = _flows[side];
        RelayFlow outgoing = _flows[1 - side];
        if ((events & (EpollEvents.Writable | Failing)) != 0)
        {
            outgoing.SetWritable();
            if (outgoing.HasRest)
            {
                Move(outgoing);
            }
        }

        if ((events & Reading) != 0)
        {
            incoming.SetReadable(readsOn: (events & Reading) != EpollEvents.Readable);
            Move(incoming);
        }

        // A side that was cut off while the other has no room: nobody would look at it until there is.
        if ((events & EpollEvents.Error) != 0 && Slot >= 0 && incoming.HasRest)
        {
            Fail(Errno.ECONNRESET);
        }
    }

    /// <summary>Gives a direction a turn.</summary>
    internal void Move(RelayFlow flow)
    {
        if (Slot < 0 || flow.IsEnded)
        {
            return;
        }

        switch (flow.Move(_loop))
        {
            case RelayOutcome.HasMore:
                _loop.Enqueue(flow);
                break;
            case RelayOutcome.Broken:
                Fail(flow.Error);
                break;
            case RelayOutcome.Ended when _flows[0].IsEnded && _flows[1].IsEnded:
                LetGo();
                _ended.TrySetResult();
                break;
        }
    }

    /// <summary>Ends it where it is; called once, by the thread.</summary>
    internal void Cancel()
    {
        LetGo();
        _ended.TrySetCanceled();
    }

    internal void Fail(Errno error)
    {
        LetGo();
        _ended.TrySetException(new LinuxException("relay", error));
    }

    private static unsafe bool IsTcp(FileDescriptor socket)
    {
        int protocol = 0;
        int length = sizeof(int);
        return LibC.getsockopt(socket, LibC.SolSocket, LibC.SoProtocol, &protocol, &length) == 0 && protocol == LibC.IpProtoTcp;
    }

    private RelayFlow NewFlow(int from, int to) => new(this, _sockets[from], _sockets[to], IsTcp(_sockets[from]) && IsTcp(_sockets[to]));

    private void LetGo()
    {
        _loop.Remove(this);
        foreach (RelayFlow flow in _flows)
        {
            flow.Release(_loop);
        }

        foreach (SafeSocketHandle handle in _handles)
        {
            handle.DangerousRelease();
        }
    }
}

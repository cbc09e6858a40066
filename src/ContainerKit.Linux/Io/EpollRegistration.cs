using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Io;

/// <summary>
/// A descriptor's watch. It holds a reference to the handle, so the number stays open until the watch is removed, whoever
/// disposes the handle and when.
/// </summary>
internal abstract class EpollRegistration
{
    private readonly Lock _gate = new();
    private readonly Reactor _reactor;
    private readonly FileDescriptor _descriptor;
    private ulong _id;
    private bool _closed;

    protected EpollRegistration(Reactor reactor, FileDescriptor descriptor)
    {
        bool added = false;
        descriptor.DangerousAddRef(ref added);
        (_reactor, _descriptor) = (reactor, descriptor);
        Number = (int)descriptor.DangerousGetHandle();
    }

    /// <summary>The descriptor's number; open until <see cref="Close"/>.</summary>
    protected int Number { get; }

    /// <summary>Called on the reactor's thread: must not block, throw, or run foreign code. May come late, after a wait was given up.</summary>
    internal abstract void OnReady(EpollEvents events);

    /// <summary>Removes the watch and lets go of the descriptor. Idempotent.</summary>
    internal void Close()
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            try
            {
                if (_id != 0)
                {
                    _reactor.Remove(_id, Number);
                }
            }
            finally
            {
                _descriptor.DangerousRelease();
            }
        }
    }

    /// <summary>Asks for one call of <see cref="OnReady"/>; also for a state that holds already.</summary>
    /// <exception cref="LinuxException">EPERM: the file has no readiness (a regular file); ENOSPC: too many watches of this user.</exception>
    protected void Arm(EpollEvents events)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_id == 0)
            {
                _id = _reactor.Add(this, Number, events);
            }
            else
            {
                _reactor.Rearm(_id, Number, events);
            }
        }
    }
}

using System.Threading.Tasks.Sources;
using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Io;

/// <summary>Lets one caller at a time wait until a descriptor is ready. Reused for every wait, so waiting allocates next to nothing.</summary>
/// <remarks>
/// A wait may end early (woken, closed, an event of a former wait that came late), so callers repeat their read or write and wait
/// again. Continuations run on the thread pool, never on the reactor's thread nor in the caller of <see cref="Wake"/>.
/// </remarks>
internal sealed class Readiness : EpollRegistration, IValueTaskSource
{
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private bool _waiting;

    internal Readiness(Reactor reactor, FileDescriptor descriptor)
        : base(reactor, descriptor)
    {
    }

    /// <summary>Waits for one of the events, an error or a hang-up. The wait has begun when this returns.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    internal ValueTask WaitAsync(EpollEvents events, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        lock (_gate)
        {
            if (_waiting)
            {
                throw new InvalidOperationException("Another operation is waiting for this descriptor.");
            }

            _core.Reset();
            _waiting = true;
        }

        try
        {
            Arm(events);
        }
        catch
        {
            TryEndWait();
            throw;
        }

        // The continuation, which disposes the registration, can't run before this method has returned.
        _cancellation = cancellationToken.UnsafeRegister(
            static (state, token) => ((Readiness)state!).Cancel(token), this);
        return new ValueTask(this, _core.Version);
    }

    /// <summary>Ends the pending wait, if there is one.</summary>
    internal void Wake()
    {
        if (TryEndWait())
        {
            _core.SetResult(true);
        }
    }

    internal override void OnReady(EpollEvents events) => Wake();

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _core.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.GetResult(short token)
    {
        // Waits for a callback that is running, so that it can't end the next wait.
        _cancellation.Dispose();
        _cancellation = default;
        _core.GetResult(token);
    }

    private void Cancel(CancellationToken cancellationToken)
    {
        if (TryEndWait())
        {
            _core.SetException(new OperationCanceledException(cancellationToken));
        }
    }

    /// <summary>True for the one caller that may complete the wait.</summary>
    private bool TryEndWait()
    {
        lock (_gate)
        {
            bool waiting = _waiting;
            _waiting = false;
            return waiting;
        }
    }
}

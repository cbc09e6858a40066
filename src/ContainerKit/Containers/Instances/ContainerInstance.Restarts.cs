using System.Diagnostics.CodeAnalysis;
using ContainerKit.Containers.Restarts;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;

namespace ContainerKit.Containers.Instances;

/// <content>The restart policy. Between two runs the container is in the state Restarting, and its lock is held.</content>
[SuppressMessage("Design", "CA1001", Justification = "The source of a restart's cancellation is disposed by the restart.")]
internal sealed partial class ContainerInstance
{
    private readonly RestartBackOff _backOff = new();
    private CancellationTokenSource? _restart;

    /// <summary>Starts a container that ran when an earlier engine ended, if its policy wants that.</summary>
    internal async Task StartAtOpenAsync(CancellationToken cancellationToken)
    {
        if (GetState() is not ContainerState.Exited exited || !Config.Spec.RestartPolicy.WantsStartAtOpen(exited.StoppedByCaller))
            return;
        try
        {
            await StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ContainerKitException or IOException)
        {
            ContainerMessages.StartAtOpenFailed(_context.Logger, e, Config.ShortId);
        }
    }

    private bool WantsRestart(ContainerRun run, ExitStatus status)
        => !run.IsStopRequested && !_context.Operations.IsClosed
            && Config.Spec.RestartPolicy.WantsRestart(status, (_state as ContainerState.Running)?.RestartCount ?? 0);

    /// <summary>The caller holds the gate, and has recorded the state Restarting.</summary>
    private void ScheduleRestart()
    {
        if (_state is not ContainerState.Restarting restarting)
            return;
        TimeSpan run = restarting.StartedAt is DateTimeOffset started ? restarting.FinishedAt - started : TimeSpan.Zero;
        _restart = new CancellationTokenSource();
        _ = RestartAfterAsync(_backOff.After(run), _restart);
    }

    private async Task RestartAfterAsync(TimeSpan delay, CancellationTokenSource calledOff)
    {
        using (calledOff)
        {
            try
            {
                await Task.Delay(delay, Time, calledOff.Token).ConfigureAwait(false);
                await _gate.WaitAsync(calledOff.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            try
            {
                if (_restart == calledOff && _state is ContainerState.Restarting restarting)
                    await RestartOwnedAsync(restarting).ConfigureAwait(false);
            }
            finally
            {
                if (_restart == calledOff)
                    _restart = null;
                ReleaseWhenIdle();
                _gate.Release();
            }
        }
    }

    private async Task RestartOwnedAsync(ContainerState.Restarting restarting)
    {
        ContainerState.Exited before = restarting.Settle(stoppedByCaller: false);
        SetState(before);
        try
        {
            using OperationGate.Operation operation = _context.Operations.Enter(CancellationToken.None);
            await StartOwnedAsync(operation.Token, restarting.RestartCount).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // As in Docker a restart that fails is the last one; what the failure left as the state is recorded.
            if (e is not (ObjectDisposedException or OperationCanceledException))
                ContainerMessages.RestartFailed(_context.Logger, e, Config.ShortId);
            await TryExitStepAsync("recording the exit status", () => RecordSettledAsync()).ConfigureAwait(false);
        }
    }

    private Task RecordSettledAsync()
    {
        ContainerFiles.WriteState(Directory, _state, Config.IsEphemeral);
        if (_state is ContainerState.Exited exited)
            CompleteExit(exited.ExitStatus);
        return Task.CompletedTask;
    }

    /// <summary>Ends the wait for a restart, if there is one. The caller holds the gate.</summary>
    private bool CallOffRestart(bool byCaller)
    {
        if (_lock is null || _state is not ContainerState.Restarting restarting)
            return false;
        _restart?.Cancel();
        _restart = null;
        ContainerState.Exited exited = restarting.Settle(byCaller);
        SetState(exited);
        ContainerFiles.WriteState(Directory, exited, Config.IsEphemeral);
        CompleteExit(exited.ExitStatus);
        return true;
    }

    /// <summary>
    /// The root of a container of which nothing is to outlive the engine is mounted as volatile, and overlayfs refuses to mount such a layer again
    /// as long as its mark is in the work directory (overlayfs.rst, "Volatile mount"): after a crash of the machine it would be damaged. There was
    /// none between two runs of one engine, and nothing else is in that directory while it is not mounted.
    /// </summary>
    private async Task RenewWorkDirectoryAsync()
    {
        string work = ContainerPaths.Work(Directory);
        await _context.Runtime.RemoveTreeAsync(work, CancellationToken.None).ConfigureAwait(false);
        System.IO.Directory.CreateDirectory(work, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}

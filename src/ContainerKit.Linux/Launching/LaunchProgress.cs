using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Launching;

/// <summary>Follows the reports of one launch and knows which processes it has made, so that all of them are reaped.</summary>
internal sealed class LaunchProgress(LaunchSession session)
{
    private const int SIGKILL = 9;

    private PidFd? _child;
    private int _childPid;
    private LaunchException? _failure;
    private bool _ended;

    /// <summary>The process that goes on, as far as it is known.</summary>
    internal int Pid => _child is null ? session.SpawnedPid : _childPid;

    /// <summary>Returns when the program is executed; throws when a step failed.</summary>
    internal async Task FollowAsync(Func<int, int, ValueTask>? checkpoint, CancellationToken cancellationToken)
    {
        while (!_ended)
        {
            // Until the child's pid is known a cancelled launch could not be cleaned up; the launching process gets there without waiting for anything.
            bool cancellable = _child is not null && _failure is null;
            (LaunchReport kind, long value) = await ReadAsync(cancellable ? cancellationToken : CancellationToken.None).ConfigureAwait(false);
            if (kind == LaunchReport.ChildCheckpoint)
            {
                await LearnChildAsync().ConfigureAwait(false);
            }

            if (kind is LaunchReport.Checkpoint or LaunchReport.ChildCheckpoint && !_ended)
            {
                if (checkpoint is not null)
                {
                    await checkpoint((int)value, Pid).ConfigureAwait(false);
                }

                session.Answer();
            }

            if (_failure is null)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        if (_failure is not null)
        {
            throw _failure;
        }
    }

    /// <summary>Returns when the child waits at a checkpoint and its pid is known; throws when a step failed.</summary>
    internal async Task ReachAsync(int checkpoint)
    {
        while (!_ended)
        {
            (LaunchReport kind, long value) = await ReadAsync(CancellationToken.None).ConfigureAwait(false);
            if (kind == LaunchReport.ChildCheckpoint && value == checkpoint && _failure is null)
            {
                await LearnChildAsync().ConfigureAwait(false);
                if (!_ended)
                {
                    return;
                }
            }
        }

        throw _failure ?? new LaunchException("wait", new LinuxException("launch", Errno.ECHILD));
    }

    /// <summary>The process that goes on.</summary>
    internal async Task<LaunchedProcess> CompleteAsync()
    {
        if (_child is null)
        {
            return new LaunchedProcess(session.SpawnedPid, PidFd.Open(session.SpawnedPid));
        }

        if (session.IsSupervised)
        {
            return new LaunchedProcess(_childPid, _child) { Supervisor = PidFd.Open(session.SpawnedPid) };
        }

        await session.ReapLauncherAsync().ConfigureAwait(false);
        return new LaunchedProcess(_childPid, _child);
    }

    /// <summary>Kills and reaps whatever the launch has made.</summary>
    internal async Task DestroyAsync()
    {
        while (!_ended)
        {
            // The child's pid may still be on its way: the launcher reports it at once and ends; a launcher that waits at a checkpoint has no child.
            if (_child is null)
            {
                session.HangUp();
            }
            else
            {
                _child.SendSignal(SIGKILL);
            }

            await ReadAsync(CancellationToken.None).ConfigureAwait(false);
        }

        if (_child is not null)
        {
            _child.SendSignal(SIGKILL);
            await _child.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            _child.Dispose();
        }

        await session.ReapLauncherAsync(kill: true).ConfigureAwait(false);
    }

    /// <summary>A child may be at its checkpoint before its parent has told its pid: then that is still to come.</summary>
    private async ValueTask LearnChildAsync()
    {
        while (_child is null && !_ended)
        {
            await ReadAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async ValueTask<(LaunchReport Kind, long Value)> ReadAsync(CancellationToken cancellationToken)
    {
        (LaunchReport kind, long value) = await session.ReadReportAsync(cancellationToken).ConfigureAwait(false);
        switch (kind)
        {
            case LaunchReport.None:
                _ended = true;
                break;
            case LaunchReport.Child:
                _childPid = (int)value;
                _child = PidFd.Open(_childPid);
                break;
            case LaunchReport.Checkpoint or LaunchReport.ChildCheckpoint:
                break;
            default:
                // The child can fail before its parent has reported it: go on reading, so that it is reaped.
                _failure ??= session.Failure((long)kind, value);
                break;
        }

        return (kind, value);
    }
}

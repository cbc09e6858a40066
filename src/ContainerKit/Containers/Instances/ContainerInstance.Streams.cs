using ContainerKit.Containers.Exec;
using ContainerKit.Containers.Specs;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;
using ContainerKit.Diagnostics;

namespace ContainerKit.Containers.Instances;

/// <content>Waiting, logs, further commands: what needs no transition.</content>
internal sealed partial class ContainerInstance
{
    /// <summary>How often a container of another process is looked at; there is nothing to be notified by.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits for the end of the present run, or of the next one when it was not started yet.</summary>
    internal async Task<ExitStatus> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<ExitStatus> exit;
            bool owned;
            lock (_sync)
            {
                if (_removed && _lastExit is ExitStatus last)
                    return last;
                exit = _exit.Task;
                owned = _lock is not null || _exitFollows;

                // One that removes itself has ended when it is gone.
                if (owned && !Config.Spec.AutoRemove && _state is ContainerState.Exited exited)
                    return exited.ExitStatus;
            }

            if (owned)
                return await exit.WaitAsync(cancellationToken).ConfigureAwait(false);
            await TryAdoptAsync().ConfigureAwait(false);
            if (GetState() is ContainerState.Exited elsewhere)
                return elsewhere.ExitStatus;
            Task tick = Task.Delay(PollInterval, Time, cancellationToken);
            if (await Task.WhenAny(exit, tick).ConfigureAwait(false) == exit)
                return await exit.ConfigureAwait(false);
            await tick.ConfigureAwait(false);
        }
    }

    internal IAsyncEnumerable<LogLine> ReadLogsAsync(LogFilter filter, bool follow, CancellationToken cancellationToken)
    {
        ContainerState state = GetState();
        if (Config.Spec.Log.Driver == LogDriver.None)
            throw new UnsupportedException($"Container {Display} keeps no log: its log driver is None. Attach to it instead, or create it with another driver.");
        if (Config.IsDetached)
        {
            bool mayGrow = follow && state is ContainerState.Running or ContainerState.Restarting;
            return FramedLogReader.ReadAsync(OpenFramedLog, mayGrow, filter, Time, cancellationToken);
        }

        JsonFileLog? live = _run?.Log;
        ILogFollower log = (live, follow) switch
        {
            (not null, true) => new LiveLogFollower(live),
            (not null, false) => new FinishedLog(() => live.OpenAll(out _)),
            (null, true) when _lock is null && state is ContainerState.Running or ContainerState.Restarting
                => new PollingLogFollower(LogPath, IsRunningElsewhere, PollInterval, Time),
            _ => new FinishedLog(() => LogFiles.OpenAllStable(LogPath)),
        };
        return LogFileReader.ReadAsync(log, filter, Time, cancellationToken);
    }

    internal async Task<ExecProcess> ExecAsync(ExecSpec spec, CancellationToken cancellationToken)
    {
        ContainerSpecValidator.Validate(spec);
        using OperationGate.Operation operation = _context.Operations.Enter(cancellationToken);
        try
        {
            ContainerRun run = await GetRunOrNullAsync("execute in", operation.Token).ConfigureAwait(false) ?? throw WrongState("execute in", GetState(), "it must be running");
            if (GetState() is { Status: ContainerStatus.Paused } paused)
                throw WrongState("execute in", paused, "unpause it first");
            MeasuredOperation measured = MeasuredOperation.Begin("containerkit.exec", Instruments.ExecDuration);
            measured.Describe(Config.Id, Config.Name, Config.Spec.Image);
            return await ExecAsync(run, spec, operation.Token, measured).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (operation.WasClosed)
        {
            throw OperationGate.CreateClosedException();
        }
    }

    /// <summary>Resizes the terminal of the running container.</summary>
    internal async Task ResizeAsync(TerminalSize size, CancellationToken cancellationToken)
    {
        size.Validate(nameof(TerminalSize));
        ContainerRun run = await GetRunOrNullAsync("resize", cancellationToken).ConfigureAwait(false) ?? throw WrongState("resize", GetState(), "it must be running");
        run.Process.Resize(size.Rows, size.Columns);
    }

    private bool IsRunningElsewhere() => !_removed && ContainerFiles.ReadState(Directory, out _) is { NeedsOwner: true };

    private void CompleteExit(ExitStatus status)
    {
        TaskCompletionSource<ExitStatus> exit;
        lock (_sync)
        {
            _lastExit = status;
            exit = _exit;
            _exit = new TaskCompletionSource<ExitStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        exit.TrySetResult(status);
    }

    private void FailWaiters(Exception reason)
    {
        _exit.TrySetException(reason);
        _ = _exit.Task.Exception; // most of the time nobody waits, and then it is no unobserved failure
    }
}

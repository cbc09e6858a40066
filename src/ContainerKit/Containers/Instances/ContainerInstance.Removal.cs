using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;
using ContainerKit.Linux.Io;

namespace ContainerKit.Containers.Instances;

/// <content>The end of the container itself.</content>
internal sealed partial class ContainerInstance
{
    /// <summary>Removes the container; a running one only with <paramref name="force"/>.</summary>
    /// <param name="force">True: it is killed first.</param>
    /// <param name="cancellationToken">Ends the wait for its end.</param>
    /// <param name="keepsVolumes">True: its anonymous volumes stay, unless it is one that removes itself.</param>
    /// <param name="deleteLater">True: it is gone on return, and its files are deleted a little later.</param>
    internal async Task RemoveAsync(bool force, CancellationToken cancellationToken, bool deleteLater = false, bool keepsVolumes = false)
    {
        while (true)
        {
            ContainerRun? run;
            await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                if (_removed && force)
                    return;
                await AcquireAsync("remove").ConfigureAwait(false);
                run = _run;
                if (!force && _state is ContainerState.Running or ContainerState.Restarting)
                    throw WrongState("remove", _state, "stop it first or remove it by force");
                if (run is null)
                {
                    CallOffRestart(byCaller: true);
                    await RemoveOwnedAsync(deleteLater, keepsVolumes: keepsVolumes).ConfigureAwait(false);
                    return;
                }

                run.IsStopRequested = true;
                SignalOwned(run, SignalName.Kill, wake: true);
            }
            finally
            {
                ReleaseWhenIdle();
                _gate.Release();
            }

            await run.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Removes the container; the caller holds gate and lock. Can be repeated after a failure.</summary>
    private async Task RemoveOwnedAsync(bool deleteLater, bool exitFollows = false, bool keepsVolumes = false)
    {
        SetState(new ContainerState.Removing());
        _context.Prepared.Postpone();
        if (Interlocked.Exchange(ref _prepared, null) is { } unused)
            await unused.DisposeAsync().ConfigureAwait(false);
        if (_hiddenDirectory is null)
        {
            // Before recovery may finish the removal: it does not know what was asked for, and would remove the volumes.
            if (keepsVolumes && !Config.IsEphemeral)
                ContainerVolumes.Keep(Directory);

            // From here recovery finishes the removal; an ephemeral container it removes anyway.
            if (!Config.IsEphemeral)
                ContainerFiles.WriteState(Directory, _state, ephemeral: false);
            _context.Names.Release(Config.Name, Config.Id);
            _hiddenDirectory = ContainerRemoval.Hide(_context.Paths, Config.Id);
        }

        if (!deleteLater)
        {
            await _unmounting.ConfigureAwait(false);
            await ContainerRemoval.DeleteAsync(_context, _hiddenDirectory).ConfigureAwait(false);
        }

        FileLock? ownerLock;
        lock (_sync)
        {
            _removed = true;
            _exitFollows = exitFollows;
            (ownerLock, _lock) = (_lock, null);
        }

        if (deleteLater)
            await _context.Removals.EnqueueAsync(_hiddenDirectory, ownerLock).ConfigureAwait(false);
        else
            ownerLock?.Dispose();

        _context.Instances.TryRemove(Config.Id, out _);
        Publish(EventAction.Destroy);
        await _hub.CompleteAsync().ConfigureAwait(false);
        if (!exitFollows)
        {
            FailWaiters(NotFound());
            _gone.TrySetResult(_lastExit ?? default);
        }

        ContainerMessages.Removed(_context.Logger, Config.ShortId);
        if (!deleteLater)
            await TryExitStepAsync("free layers", () => _context.Images.ReleaseAsync(CancellationToken.None).AsTask()).ConfigureAwait(false);
    }
}

using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Launching;

/// <summary>
/// A launch program that stops at a checkpoint and executes nothing: it holds namespaces and mounts for as long as this object lives, and
/// ends with this process however that ends.
/// </summary>
public sealed class HeldProcess : IAsyncDisposable
{
    private readonly LaunchSession _session;
    private readonly PidFd _process;

    private HeldProcess(LaunchSession session, PidFd process)
    {
        _session = session;
        _process = process;
    }

    /// <summary>The process's id; it stays its own until this object is disposed.</summary>
    public int Pid => _session.SpawnedPid;

    /// <summary>Starts a program and waits until it stands at its checkpoint.</summary>
    /// <param name="program">Has one <see cref="LaunchProgramBuilder.Checkpoint"/>, at its end; its process is not to clone itself.</param>
    /// <param name="descriptors">What it gets to hold.</param>
    /// <returns>The waiting process; to be disposed.</returns>
    /// <exception cref="LaunchException">An operation failed.</exception>
    public static async Task<HeldProcess> StartAsync(LaunchProgram program, LaunchDescriptors descriptors)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(descriptors);
        LaunchSession session = await LaunchSession.StartAsync(program, descriptors).ConfigureAwait(false);
        HeldProcess? held = null;
        try
        {
            held = new HeldProcess(session, PidFd.Open(session.SpawnedPid));
            (LaunchReport kind, long value) = await session.ReadReportAsync().ConfigureAwait(false);
            if (kind != LaunchReport.Checkpoint)
            {
                throw kind == LaunchReport.None ? new IOException("The launch ended before its checkpoint; was it killed?") : session.Failure((long)kind, value);
            }
        }
        catch
        {
            if (held is not null)
            {
                await held.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                await session.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }

        await SpawnThread.LeaveAsync().ConfigureAwait(false);

        return held;
    }

    /// <summary>Ends the process and waits for its end: its mounts are gone then, apart from those that are still open.</summary>
    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync().ConfigureAwait(false);
        using (_process)
        {
            _process.SendSignal(9);
            await _process.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }
}

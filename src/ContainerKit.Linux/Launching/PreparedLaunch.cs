namespace ContainerKit.Linux.Launching;

/// <summary>
/// A process that has done the first part of a launch and waits for the rest: what takes time and depends on no particular program can be done
/// ahead. It ends when this object is disposed, and with the starter however that ends.
/// </summary>
/// <remarks>Used once. The results of the first part's operations can be arguments of the rest.</remarks>
public sealed class PreparedLaunch : IAsyncDisposable
{
    private const int Waiting = 0;

    /// <summary>What a container's rest needs: some two hundred operations, the seccomp filter, arguments and environment.</summary>
    private const int UsualTable = 24 << 10;
    private const int UsualData = 24 << 10;

    private readonly LaunchSession _session;
    private readonly LaunchProgress _progress;
    private readonly LaunchMemory _memory;
    private int _used;

    private PreparedLaunch(LaunchSession session, LaunchProgress progress, LaunchMemory memory)
    {
        _session = session;
        _progress = progress;
        _memory = memory;
    }

    /// <summary>How many descriptors such a launch passes on besides the caller's; they come last.</summary>
    public static int OwnDescriptors => 1;

    /// <summary>The waiting process's id in this process's pid namespace.</summary>
    public int Pid => _progress.Pid;

    /// <summary>Starts the rest of a program; its operations stand where the waiting process expects them.</summary>
    /// <returns>A builder, whose program is for <see cref="ContinueAsync"/>.</returns>
    public static LaunchProgramBuilder CreateRest() => LaunchMemory.CreateBuilder();

    /// <summary>Starts a process and returns when it waits for the rest. When that fails, nothing of it is left.</summary>
    /// <param name="beginning">Its first operations, <see cref="LaunchProgramBuilder.ContinueInChild"/> among them. It must not close the last inherited descriptor.</param>
    /// <param name="descriptors">What it holds.</param>
    /// <returns>The process; to be disposed.</returns>
    /// <exception cref="ArgumentException">The beginning has no child that could wait.</exception>
    /// <exception cref="LaunchException">A step failed.</exception>
    /// <exception cref="LinuxException">The launch itself could not begin: no memory, no descriptors, no processes left.</exception>
    public static async Task<PreparedLaunch> StartAsync(LaunchProgramBuilder beginning, LaunchDescriptors descriptors)
    {
        ArgumentNullException.ThrowIfNull(beginning);
        ArgumentNullException.ThrowIfNull(descriptors);
        if (!beginning.IsInChild)
        {
            throw new ArgumentException("A prepared launch waits in a child: the beginning needs a ContinueInChild.", nameof(beginning));
        }

        LaunchMemory memory = new();
        try
        {
            LaunchMemory.Map(beginning.Stage("wait"), descriptors.Inherited.Length);
            beginning.DieWithStarter();
            beginning.CheckpointInChild(Waiting);
            beginning.JumpToAddress(LaunchMemory.FirstOperation);
            LaunchDescriptors all = descriptors with { Inherited = descriptors.Inherited.Add(memory.Descriptor) };
            LaunchSession session = await LaunchSession.StartAsync(beginning.Build(), all).ConfigureAwait(false);
            await SpawnThread.LeaveAsync().ConfigureAwait(false);
            LaunchProgress progress = new(session);
            try
            {
                await progress.ReachAsync(Waiting).ConfigureAwait(false);
                await session.ReapLauncherAsync().ConfigureAwait(false);
                memory.Reserve(UsualTable, UsualData);
                return new PreparedLaunch(session, progress, memory);
            }
            catch
            {
                await progress.DestroyAsync().ConfigureAwait(false);
                await session.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>Lets the process go on, and returns when it has executed its program. When that fails or is cancelled, nothing of it is left.</summary>
    /// <param name="rest">From a builder of <see cref="CreateRest"/>; ends with <see cref="LaunchProgramBuilder.Execute"/>.</param>
    /// <param name="cancellationToken">Kills the process.</param>
    /// <returns>The process; null when it had ended while it waited: somebody killed it.</returns>
    /// <exception cref="LaunchException">A step failed.</exception>
    /// <exception cref="InvalidOperationException">It was used before, or the program is too long.</exception>
    public async Task<LaunchedProcess?> ContinueAsync(LaunchProgram rest, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rest);
        if (Interlocked.Exchange(ref _used, 1) != 0)
        {
            throw new InvalidOperationException("A prepared launch can be used once.");
        }

        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            _memory.Write(rest);
            if (!_session.TryAnswer(rest))
            {
                await _progress.DestroyAsync().ConfigureAwait(false);
                return null;
            }

            await _progress.FollowAsync(null, cancellationToken).ConfigureAwait(false);
            return await _progress.CompleteAsync().ConfigureAwait(false);
        }
        catch
        {
            await _progress.DestroyAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            _memory.Dispose();
            await _session.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Ends the process, unless it went on.</summary>
    /// <returns>A task.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _used, 1) != 0)
        {
            return;
        }

        await _progress.DestroyAsync().ConfigureAwait(false);
        await _session.DisposeAsync().ConfigureAwait(false);
        _memory.Dispose();
    }
}

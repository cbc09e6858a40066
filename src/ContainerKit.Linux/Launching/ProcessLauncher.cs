namespace ContainerKit.Linux.Launching;

/// <summary>Starts processes by launch programs.</summary>
public static class ProcessLauncher
{
    /// <summary>
    /// Starts a process and returns when it has executed its program. When that fails or is cancelled, nothing of it is left.
    /// </summary>
    /// <param name="program">What the process does first; ends with <see cref="LaunchProgramBuilder.Execute"/>.</param>
    /// <param name="descriptors">What it holds.</param>
    /// <param name="checkpoint">Called at each <see cref="LaunchProgramBuilder.Checkpoint"/> with its number and the pid so far; null when there is none.</param>
    /// <param name="cancellationToken">Kills what was started.</param>
    /// <returns>The process.</returns>
    /// <exception cref="LaunchException">A step failed.</exception>
    /// <exception cref="LinuxException">The launch itself could not begin: no memory, no descriptors, no processes left.</exception>
    public static async Task<LaunchedProcess> StartAsync(
        LaunchProgram program, LaunchDescriptors descriptors, Func<int, int, ValueTask>? checkpoint = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(descriptors);
        cancellationToken.ThrowIfCancellationRequested();
        LaunchSession session = await LaunchSession.StartAsync(program, descriptors).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            LaunchProgress progress = new(session);
            try
            {
                await progress.FollowAsync(checkpoint, cancellationToken).ConfigureAwait(false);
                await SpawnThread.LeaveAsync().ConfigureAwait(false);
                return await progress.CompleteAsync().ConfigureAwait(false);
            }
            catch
            {
                await SpawnThread.LeaveAsync().ConfigureAwait(false);
                await progress.DestroyAsync().ConfigureAwait(false);
                throw;
            }
        }
    }
}

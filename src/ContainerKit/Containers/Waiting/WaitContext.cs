namespace ContainerKit.Containers.Waiting;

/// <summary>What the parts of one wait share.</summary>
/// <param name="container">Who is waited for.</param>
/// <param name="time">The engine's clock.</param>
/// <param name="since">Output before this belongs to an earlier run; null: all of it counts.</param>
/// <param name="cancellationToken">Ends looking at the container.</param>
internal sealed class WaitContext(Container container, TimeProvider time, DateTimeOffset? since, CancellationToken cancellationToken)
{
    internal Container Container { get; } = container;

    internal TimeProvider Time { get; } = time;

    internal DateTimeOffset? Since { get; } = since;

    /// <summary>Completes with the end of the container: its status, or null when it was removed.</summary>
    internal Task<ExitStatus?> Ended { get; } = WaitForEndAsync(container, time, cancellationToken);

    /// <summary>Looks again and again, quickly at first, until it finds that the strategy's condition holds.</summary>
    internal async Task<WaitOutcome> LookAsync(WaitStrategy strategy, Func<CancellationToken, ValueTask<bool>> look, CancellationToken cancellationToken)
    {
        TimeSpan pause = strategy.Interval / 16;
        while (!await look(cancellationToken).ConfigureAwait(false))
        {
            await Task.Delay(pause < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : pause, Time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < strategy.Interval ? pause * 2 : strategy.Interval;
        }

        return WaitOutcome.Ready;
    }

    /// <summary>True when the restart policy brings it back.</summary>
    internal static async Task<bool> ComesBackAsync(Container container, CancellationToken cancellationToken)
        => container.Spec.RestartPolicy.Mode != RestartMode.No
            && (await container.InspectAsync(cancellationToken).ConfigureAwait(false)).Status is ContainerStatus.Restarting or ContainerStatus.Running;

    private static async Task<ExitStatus?> WaitForEndAsync(Container container, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                ExitStatus status = await container.WaitAsync(cancellationToken).ConfigureAwait(false);
                if (!await ComesBackAsync(container, cancellationToken).ConfigureAwait(false))
                    return status;

                // Between two runs the end of the last one stays what a wait returns.
                await Task.Delay(WaitStrategy.DefaultInterval, time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (NotFoundException)
        {
            return null;
        }
    }
}

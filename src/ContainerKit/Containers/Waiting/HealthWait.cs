namespace ContainerKit.Containers.Waiting;

/// <summary>The health check says healthy.</summary>
internal sealed record HealthWait : WaitStrategy
{
    internal override string Describe() => "its health check";

    internal override async Task<WaitOutcome> RunAsync(WaitContext context, WaitProgress progress, CancellationToken cancellationToken)
    {
        try
        {
            await context.Container.WaitUntilHealthyAsync(cancellationToken).ConfigureAwait(false);
            return WaitOutcome.Ready;
        }
        catch (InvalidStateException e) when (!context.Ended.IsCompleted)
        {
            ContainerInfo info = await context.Container.InspectAsync(cancellationToken).ConfigureAwait(false);
            if (info.Status is not (ContainerStatus.Running or ContainerStatus.Restarting))
            {
                // Its end is about to be seen.
                await context.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            string last = info.Health?.Log is { IsDefaultOrEmpty: false } log ? $" The last check: exit code {log[^1].ExitCode}, {log[^1].Output.Trim()}" : "";
            return new WaitOutcome(context.Ended.IsCompleted ? WaitOutcomeKind.Ended : WaitOutcomeKind.Failed, $"{this}: {e.Message}{last}", e);
        }
    }
}

namespace ContainerKit.Containers.Waiting;

/// <summary>A condition of the caller's.</summary>
internal sealed record ConditionWait(Func<Container, CancellationToken, Task<bool>> Condition, string Description) : WaitStrategy
{
    internal override string Describe() => Description;

    internal override Task<WaitOutcome> RunAsync(WaitContext context, WaitProgress progress, CancellationToken cancellationToken)
    {
        return context.LookAsync(this, LookAsync, cancellationToken);

        async ValueTask<bool> LookAsync(CancellationToken token)
        {
            try
            {
                if (await Condition(context.Container, token).ConfigureAwait(false))
                    return true;
                progress.NotYet("it does not hold");
            }
            catch (Exception e) when (!token.IsCancellationRequested)
            {
                // Clients throw as long as nobody answers them.
                progress.NotYet($"{e.GetType().Name}: {e.Message}", e);
            }

            return false;
        }
    }
}

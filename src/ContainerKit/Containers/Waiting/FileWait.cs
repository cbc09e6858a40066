namespace ContainerKit.Containers.Waiting;

/// <summary>A file exists in the container.</summary>
internal sealed record FileWait(string Path) : WaitStrategy
{
    internal override string Describe() => $"the file {Path}";

    internal override Task<WaitOutcome> RunAsync(WaitContext context, WaitProgress progress, CancellationToken cancellationToken)
    {
        return context.LookAsync(this, LookAsync, cancellationToken);

        async ValueTask<bool> LookAsync(CancellationToken token)
        {
            try
            {
                await context.Container.GetPathInfoAsync(Path, token).ConfigureAwait(false);
                return true;
            }
            catch (Exception e) when (e is NotFoundException or InvalidStateException)
            {
                progress.NotYet("it is not there");
                return false;
            }
        }
    }
}

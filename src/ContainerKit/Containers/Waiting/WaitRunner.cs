using System.Globalization;
using ContainerKit.Diagnostics;

namespace ContainerKit.Containers.Waiting;

/// <summary>Runs a wait within its limits, and says what was wrong when it fails.</summary>
internal static class WaitRunner
{
    /// <summary>How many lines of the log a failure holds.</summary>
    private const int LogLines = 30;

    /// <summary>Waits.</summary>
    /// <exception cref="WaitFailedException">It is not ready in time, or never will be.</exception>
    internal static async Task RunAsync(Container container, WaitStrategy strategy, TimeProvider time, DateTimeOffset? since, CancellationToken cancellationToken)
    {
        MeasuredOperation measured = MeasuredOperation.Begin("containerkit.container.wait", Instruments.WaitDuration);
        measured.Describe(container.Id, container.Name, container.Spec.Image);
        measured.Activity?.SetTag(TagNames.WaitStrategy, strategy.ToString());
        try
        {
            await WaitAsync(container, strategy, time, since, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            measured.Fail(e);
            throw;
        }

        measured.End();
    }

    private static async Task WaitAsync(Container container, WaitStrategy strategy, TimeProvider time, DateTimeOffset? since, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var context = new WaitContext(container, time, since, over.Token);
        WaitOutcome outcome;
        try
        {
            outcome = await RunAsync(context, strategy, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await IgnoreAsync(context.Ended).ConfigureAwait(false);
        }

        if (!outcome.IsReady)
            throw await CreateExceptionAsync(container, strategy, outcome, context.Ended).ConfigureAwait(false);
    }

    /// <summary>Waits for one strategy, no longer than it says, and no longer than the container lives.</summary>
    internal static async Task<WaitOutcome> RunAsync(WaitContext context, WaitStrategy strategy, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(strategy.Limit, context.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var progress = new WaitProgress();
        Task<WaitOutcome> run = strategy.RunAsync(context, progress, linked.Token);
        if (strategy.FailsWithContainer && await Task.WhenAny(run, context.Ended).ConfigureAwait(false) != run && context.Ended.IsCompletedSuccessfully)
        {
            await linked.CancelAsync().ConfigureAwait(false);
            await IgnoreAsync(run).ConfigureAwait(false);
            return run is { IsCompletedSuccessfully: true, Result.IsReady: true } ? run.Result : new WaitOutcome(WaitOutcomeKind.Ended, strategy.Describe());
        }

        try
        {
            return await run.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new WaitOutcome(WaitOutcomeKind.TimedOut, Describe(strategy, progress), progress.Cause);
        }
        catch (Exception e) when (e is NotFoundException or InvalidStateException && context.Ended.IsCompleted)
        {
            return new WaitOutcome(WaitOutcomeKind.Ended, strategy.Describe());
        }
    }

    /// <summary>Waits for a task whose result, good or bad, is not wanted.</summary>
    internal static Task IgnoreAsync(Task task)
        => task.ContinueWith(static done => _ = done.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    internal static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");

    private static string Describe(WaitStrategy strategy, WaitProgress progress)
    {
        string limited = $"{strategy} ({Seconds(strategy.Timeout)})";
        return progress.ToString() is { Length: > 0 } found ? $"{limited}: {found}" : limited;
    }

    private static async Task<WaitFailedException> CreateExceptionAsync(Container container, WaitStrategy strategy, WaitOutcome outcome, Task<ExitStatus?> ended)
    {
        IReadOnlyList<LogLine> log = await ReadLogAsync(container).ConfigureAwait(false);
        ExitStatus? exit = ended is { IsCompletedSuccessfully: true } ? ended.Result : null;
        bool outOfMemory = await IsOutOfMemoryAsync(container).ConfigureAwait(false);
        return new WaitFailedException(WaitFailureText.Create(container, outcome, exit, outOfMemory, log), outcome.Cause)
        {
            ContainerId = container.Id,
            ContainerName = container.Name,
            Strategy = strategy,
            ExitStatus = exit,
            IsTimeout = outcome.Kind == WaitOutcomeKind.TimedOut,
            Log = log,
        };
    }

    private static async Task<IReadOnlyList<LogLine>> ReadLogAsync(Container container)
    {
        try
        {
            return await container.ReadLogsAsync(tail: LogLines).ToListAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is ContainerKitException or IOException)
        {
            // It keeps none, or went with it. The failure itself is what matters.
            return [];
        }
    }

    private static async Task<bool> IsOutOfMemoryAsync(Container container)
    {
        try
        {
            return (await container.InspectAsync().ConfigureAwait(false)).OutOfMemory;
        }
        catch (NotFoundException)
        {
            return false;
        }
    }
}

using ContainerKit.Containers.Waiting;

namespace ContainerKit;

/// <content>Waiting until it is ready.</content>
public sealed partial class Container
{
    /// <summary>Waits until the container, which runs or is about to be started, is ready.</summary>
    /// <param name="strategy">What to wait for, from <see cref="Wait"/>.</param>
    /// <param name="cancellationToken">Stops waiting; the container runs on.</param>
    /// <exception cref="WaitFailedException">It was not ready in time, ended, or can't become ready. The container stays as it is.</exception>
    public Task WaitForAsync(WaitStrategy strategy, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        return WaitRunner.RunAsync(this, strategy, _instance.Time, since: null, cancellationToken);
    }

    /// <summary>Starts it, and waits for what its spec says.</summary>
    private async Task StartAndWaitAsync(WaitStrategy readiness, CancellationToken cancellationToken)
    {
        DateTimeOffset started = _instance.Time.GetUtcNow();
        await _instance.StartAsync(cancellationToken).ConfigureAwait(false);
        await WaitRunner.RunAsync(this, readiness, _instance.Time, started, cancellationToken).ConfigureAwait(false);
    }
}

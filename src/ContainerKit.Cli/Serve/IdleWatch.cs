using ContainerKit.DockerApi;

namespace ContainerKit.Cli.Serve;

/// <summary>Tells when a server has nothing to do any more: no container that runs or will be started again, and no client.</summary>
internal sealed class IdleWatch(ContainerEngine engine, DockerApiServer server, TimeSpan timeout, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>How long it waits for who started it, on a machine that is busy.</summary>
    private static readonly TimeSpan FirstClient = TimeSpan.FromMinutes(1);

    /// <summary>Returns when there was nothing to do for the whole of the timeout.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        long idleSince = time.GetTimestamp();
        bool wasUsed = false;
        using var timer = new PeriodicTimer(Interval < timeout ? Interval : timeout, time);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            if (server.OpenConnections > 0 || await HasContainersAsync(cancellationToken).ConfigureAwait(false))
            {
                idleSince = time.GetTimestamp();
                wasUsed = true;
            }
            else if (time.GetElapsedTime(idleSince) >= (wasUsed || timeout > FirstClient ? timeout : FirstClient))
            {
                return;
            }
        }
    }

    private async Task<bool> HasContainersAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<ContainerInfo> containers = await engine.Containers.ListAsync(new ContainerListOptions { RunningOnly = false }, cancellationToken).ConfigureAwait(false);
        return containers.Any(container => container.Status is ContainerStatus.Running or ContainerStatus.Paused or ContainerStatus.Restarting);
    }
}

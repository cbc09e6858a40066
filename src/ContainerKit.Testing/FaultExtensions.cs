using System.Collections.Immutable;

namespace ContainerKit.Testing;

/// <summary>
/// Faults for a while: each begins with the call and ends when the result is disposed, so that a test can see what a program does when its database stands still,
/// is cut off or has no processor time: <c>await using (await db.PauseForAWhileAsync()) { … }</c>. For a crash there is <see cref="Container.KillAsync"/>, and
/// <see cref="Container.StartAsync"/> afterwards.
/// </summary>
public static class FaultExtensions
{
    /// <summary>Stops all processes of the container: connections stay open, nobody answers.</summary>
    /// <param name="container">The container.</param>
    /// <param name="cancellationToken">Cancels; it is not paused.</param>
    /// <returns>Disposing lets it go on.</returns>
    /// <exception cref="UnsupportedException">It has no cgroup, as for an ordinary user without a delegated one; the message says how to get one.</exception>
    public static async Task<IAsyncDisposable> PauseForAWhileAsync(this Container container, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(container);
        await container.PauseAsync(cancellationToken).ConfigureAwait(false);
        return new Fault(() => container.UnpauseAsync());
    }

    /// <summary>Takes the container out of a network: the others can't reach it, nor it them.</summary>
    /// <param name="container">The container.</param>
    /// <param name="network">The network, which it is in.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Disposing connects it again, with its names and, where the network has it, its address.</returns>
    /// <exception cref="NotFoundException">It is not in the network.</exception>
    public static async Task<IAsyncDisposable> CutOffAsync(this Container container, Network network, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(container);
        ArgumentNullException.ThrowIfNull(network);
        ContainerInfo info = await container.InspectAsync(cancellationToken).ConfigureAwait(false);
        NetworkAttachment attachment = info.NetworkAttachments.FirstOrDefault(each => each.Network == network.Id || each.Network == network.Name)
            ?? throw new NotFoundException($"Container {container} is not in the network {network.Name}: it can't be cut off from it.");
        IReadOnlyList<NetworkEndpointInfo> endpoints = info.Networks;
        if (endpoints.FirstOrDefault(each => each.NetworkId == network.Id) is { } endpoint)
            attachment = attachment with { Aliases = [.. attachment.Aliases.Union(endpoint.Aliases.Where(alias => alias != container.ShortId && alias != container.Name)).ToImmutableArray()] };
        await container.DisconnectAsync(network.Id, cancellationToken).ConfigureAwait(false);
        return new Fault(() => container.ConnectAsync(attachment));
    }

    /// <summary>Changes limits of the running container: little memory, a tenth of a processor, slow disks.</summary>
    /// <param name="container">The container.</param>
    /// <param name="change">As for <see cref="Container.UpdateAsync"/>: <c>spec => spec.WithCpuLimit(0.1)</c>.</param>
    /// <param name="cancellationToken">Cancels; nothing is changed then.</param>
    /// <returns>Disposing restores the old limits.</returns>
    /// <exception cref="UnsupportedException">This machine or user can't enforce a limit.</exception>
    public static async Task<IAsyncDisposable> LimitAsync(this Container container, Func<ContainerSpec, ContainerSpec> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(container);
        ContainerSpec before = container.Spec;
        await container.UpdateAsync(change, cancellationToken).ConfigureAwait(false);
        return new Fault(() => container.UpdateAsync(_ => before));
    }

    private sealed class Fault(Func<Task> end) : IAsyncDisposable
    {
        private int _ended;

        public async ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _ended, 1) != 0)
                return;
            try
            {
                await end().ConfigureAwait(false);
            }
            catch (Exception e) when (e is NotFoundException or InvalidStateException)
            {
                // The container ended or was removed meanwhile: there is nothing to restore.
            }
        }
    }
}

using System.Collections.Concurrent;

namespace ContainerKit.DockerApi.Streams;

/// <summary>
/// The output that attached clients are getting. Clients attach on one connection and wait on another: who is told of the end has all of the output by then,
/// as with dockerd, which tells nobody before the streams are copied.
/// </summary>
internal sealed class AttachedClients(TimeProvider time)
{
    /// <summary>A client that does not read holds nobody up for longer; Docker's time.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<TaskCompletionSource, string> _open = new();

    /// <summary>A client is attached.</summary>
    /// <returns>What <see cref="End"/> wants.</returns>
    internal TaskCompletionSource Begin(string containerId)
    {
        var stream = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _open[stream] = containerId;
        return stream;
    }

    /// <summary>Everything is on its way to the client, or it is gone. Idempotent.</summary>
    internal void End(TaskCompletionSource stream)
    {
        _open.TryRemove(stream, out _);
        stream.TrySetResult();
    }

    /// <summary>Waits until the clients of a container that has ended have what it has written.</summary>
    internal async Task WaitAsync(string containerId)
    {
        Task[] open = [.. _open.Where(each => each.Value == containerId).Select(each => each.Key.Task)];
        try
        {
            await Task.WhenAll(open).WaitAsync(Bound, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // One of them does not read.
        }
    }
}

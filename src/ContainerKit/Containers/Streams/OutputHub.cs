using System.Buffers;
using System.Collections.Immutable;

namespace ContainerKit.Containers.Streams;

/// <summary>
/// Who listens to a container's output, and where its input goes. It exists before the container starts, so that nothing is missed.
/// </summary>
internal sealed class OutputHub
{
    private readonly TaskCompletionSource<ContainerInput?> _input = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ImmutableArray<IOutputListener> _listeners = [];
    private int _completedStreams;

    /// <summary>The container's input once it started; null when it ends without having started.</summary>
    internal Task<ContainerInput?> Input => _input.Task;

    internal bool HasListeners => !_listeners.IsEmpty;

    /// <summary>Adds a listener; streams that have ended already end for it at once.</summary>
    internal async ValueTask AddAsync(IOutputListener listener)
    {
        ImmutableInterlocked.Update(ref _listeners, static (list, item) => list.Add(item), listener);
        int completed = Volatile.Read(ref _completedStreams);
        foreach (LogStream stream in (LogStream[])[LogStream.StandardOutput, LogStream.StandardError])
        {
            if ((completed & (1 << (int)stream)) != 0)
                await listener.CompleteAsync(stream).ConfigureAwait(false);
        }
    }

    internal void Remove(IOutputListener listener) => ImmutableInterlocked.Update(ref _listeners, static (list, item) => list.Remove(item), listener);

    internal void Connect(ContainerInput? input) => _input.TrySetResult(input);

    internal async ValueTask PublishAsync(LogStream stream, ReadOnlySequence<byte> data)
    {
        // Everybody gets it before anybody is waited for: slow listeners hold the output back together, not one after the other.
        ImmutableArray<IOutputListener> listeners = _listeners;
        if (listeners.Length == 1)
        {
            await listeners[0].WriteAsync(stream, data).ConfigureAwait(false);
            return;
        }

        await Task.WhenAll(listeners.Select(listener => listener.WriteAsync(stream, data).AsTask())).ConfigureAwait(false);
    }

    internal async ValueTask CompleteAsync(LogStream stream)
    {
        int bit = 1 << (int)stream;
        if ((Interlocked.Or(ref _completedStreams, bit) & bit) != 0)
            return;
        foreach (IOutputListener listener in _listeners)
            await listener.CompleteAsync(stream).ConfigureAwait(false);
    }

    /// <summary>Ends everything that listens.</summary>
    internal async ValueTask CompleteAsync()
    {
        _input.TrySetResult(null);
        await CompleteAsync(LogStream.StandardOutput).ConfigureAwait(false);
        await CompleteAsync(LogStream.StandardError).ConfigureAwait(false);
    }
}

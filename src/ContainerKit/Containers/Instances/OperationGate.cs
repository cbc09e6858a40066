namespace ContainerKit.Containers.Instances;

/// <summary>Counts what an engine is doing, so that closing it can stop new work, cancel what runs and wait for its end.</summary>
internal sealed class OperationGate : IDisposable
{
    private readonly Lock _sync = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private volatile bool _closed;

    /// <summary>Begins an operation.</summary>
    /// <exception cref="ObjectDisposedException">The engine is closed.</exception>
    internal Operation Enter(CancellationToken cancellationToken)
    {
        lock (_sync)
        {
            ThrowIfClosed();
            _running++;
        }

        return new Operation(this, cancellationToken);
    }

    /// <summary>True: the engine ends what it runs, and nothing is started any more.</summary>
    internal bool IsClosed => _closed;

    internal void ThrowIfClosed()
    {
        if (_closed)
            throw CreateClosedException();
    }

    internal static ObjectDisposedException CreateClosedException() => new("ContainerEngine", "The engine was disposed.");

    /// <summary>Refuses new operations, cancels the running ones and waits for them.</summary>
    internal async Task CloseAsync()
    {
        lock (_sync)
        {
            _closed = true;
            if (_running == 0)
                _idle.TrySetResult();
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        await _idle.Task.ConfigureAwait(false);
    }

    public void Dispose() => _closing.Dispose();

    private void Leave()
    {
        lock (_sync)
        {
            if (--_running == 0 && _closed)
                _idle.TrySetResult();
        }
    }

    /// <summary>A running operation; disposing ends it.</summary>
    internal readonly struct Operation : IDisposable
    {
        private readonly OperationGate _gate;
        private readonly CancellationToken _caller;
        private readonly CancellationTokenSource? _linked;

        internal Operation(OperationGate gate, CancellationToken caller)
        {
            _gate = gate;
            _caller = caller;
            _linked = caller.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(caller, gate._closing.Token) : null;
        }

        /// <summary>Cancelled by the caller, or because the engine closes.</summary>
        internal CancellationToken Token => _linked?.Token ?? _gate._closing.Token;

        /// <summary>True when a cancellation came from the engine and not from the caller.</summary>
        internal bool WasClosed => _gate._closing.IsCancellationRequested && !_caller.IsCancellationRequested;

        public void Dispose()
        {
            _linked?.Dispose();
            _gate.Leave();
        }
    }
}

using Microsoft.Extensions.Logging;

namespace ContainerKit.Hosting;

/// <summary>Opens an engine once, and closes it.</summary>
internal sealed class ContainerEngineProvider(IServiceProvider services, ContainerKitOptions options) : IContainerEngineProvider, IAsyncDisposable
{
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _sync = new();
    private Task<ContainerEngine>? _engine;
    private bool _closed;

    /// <summary>The engine, when it is open.</summary>
    /// <exception cref="InvalidOperationException">It is not.</exception>
    internal ContainerEngine Opened
    {
        get
        {
            lock (_sync)
            {
                ObjectDisposedException.ThrowIf(_closed, typeof(ContainerEngine));
                return _engine is { IsCompletedSuccessfully: true } ready
                    ? ready.Result
                    : throw new InvalidOperationException($"The engine is opened when the host starts, and it has not started (or {nameof(ContainerKitOptions.OpenAtStart)} is false): "
                        + $"inject {nameof(IContainerEngineProvider)} and await {nameof(GetAsync)}, or ask for {nameof(ContainerEngine)} later.");
            }
        }
    }

    public Task<ContainerEngine> GetAsync(CancellationToken cancellationToken = default)
    {
        Task<ContainerEngine> engine;
        lock (_sync)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(ContainerEngine));
            if (_engine is null or { IsFaulted: true } or { IsCanceled: true })
                _engine = ContainerEngine.OpenAsync(CreateOptions(), _closing.Token);
            engine = _engine;
        }

        return engine.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Task<ContainerEngine>? engine;
        lock (_sync)
        {
            if (_closed)
                return;
            _closed = true;
            engine = _engine;
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        if (engine is not null)
        {
            // One that could not be opened has told those who wanted it.
            await ((Task)engine).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (engine.IsCompletedSuccessfully)
                await engine.Result.DisposeAsync().ConfigureAwait(false);
        }

        _closing.Dispose();
    }

    private EngineOptions CreateOptions()
    {
        var engine = new EngineOptions
        {
            DataRoot = options.DataRoot,
            PrepareContainers = options.PrepareContainers,
            StartContainers = options.StartContainers,
            ShutdownTimeout = options.ShutdownTimeout,
            LoggerFactory = (ILoggerFactory?)services.GetService(typeof(ILoggerFactory)),
            TimeProvider = (TimeProvider?)services.GetService(typeof(TimeProvider)),
        };
        return options.Customize?.Invoke(services, engine) ?? engine;
    }
}

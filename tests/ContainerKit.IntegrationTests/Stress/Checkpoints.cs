using Microsoft.Extensions.Logging;

namespace ContainerKit.IntegrationTests.Stress;

/// <summary>Places in the engine that can be seen from outside, because it asks the clock or writes to the log there; cancels at a chosen one.</summary>
internal sealed class Checkpoints : ILoggerFactory, ILogger
{
    private readonly Lock _lock = new();
    private CancellationTokenSource? _source;
    private int _left;

    internal Checkpoints() => Clock = new Watch(this);

    internal TimeProvider Clock { get; }

    /// <summary>Has <paramref name="source"/> cancelled at a place, counted from 0.</summary>
    internal void Arm(int place, CancellationTokenSource source)
    {
        lock (_lock)
            (_source, _left) = (source, place);
    }

    /// <summary>Whether the place was reached.</summary>
    internal bool Disarm()
    {
        lock (_lock)
        {
            bool reached = _source is null;
            _source = null;
            return reached;
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
        => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Pass();

    public void Dispose()
    {
    }

    private void Pass()
    {
        CancellationTokenSource? reached = null;
        lock (_lock)
        {
            if (_source is not null && _left-- == 0)
                (reached, _source) = (_source, null);
        }

        // Outside the lock: what waits for the token goes on in here.
        reached?.Cancel();
    }

    private sealed class Watch(Checkpoints points) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow()
        {
            points.Pass();
            return base.GetUtcNow();
        }

        public override long GetTimestamp()
        {
            points.Pass();
            return base.GetTimestamp();
        }
    }
}

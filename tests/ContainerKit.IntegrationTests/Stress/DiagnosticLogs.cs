using Microsoft.Extensions.Logging;
using Xunit;

namespace ContainerKit.IntegrationTests.Stress;

/// <summary>Shows warnings and errors of an engine with the test's diagnostic messages.</summary>
internal sealed class DiagnosticLogs : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
        // There is one place to go.
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
        => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            TestContext.Current.SendDiagnosticMessage($"{formatter(state, exception)} {exception}");
        }
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}

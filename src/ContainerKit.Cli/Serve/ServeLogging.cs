using ContainerKit.Cli.CommandLine;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace ContainerKit.Cli.Serve;

/// <summary>The log of a server: to the error output, a line each, which is what service managers keep.</summary>
internal static class ServeLogging
{
    private static readonly string[] Levels = ["debug", "info", "warn", "error"];

    public static ILoggerFactory Create(LogLevel level) => LoggerFactory.Create(logging => logging
        .SetMinimumLevel(level)
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        })
        .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace));

    /// <summary>What <c>--log-level</c> asks for.</summary>
    /// <exception cref="UsageException">It is no level.</exception>
    public static LogLevel ReadLevel(CommandInvocation invocation)
    {
        string level = invocation.Value("log-level") ?? "info";
        return level switch
        {
            "debug" => LogLevel.Debug,
            "info" => LogLevel.Information,
            "warn" => LogLevel.Warning,
            "error" => LogLevel.Error,
            _ => throw invocation.Invalid("log-level", level, $"one of {string.Join(", ", Levels)} is wanted"),
        };
    }
}

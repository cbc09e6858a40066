using Microsoft.Extensions.Logging;

namespace ContainerKit.Containers;

/// <summary>Log messages about containers, ids 1000 to 1099.</summary>
internal static partial class ContainerMessages
{
    [LoggerMessage(1000, LogLevel.Debug, "Container {Id} {Name} created")]
    internal static partial void Created(ILogger logger, string id, string name);

    [LoggerMessage(1001, LogLevel.Debug, "Container {Id} started, pid {Pid}")]
    internal static partial void Started(ILogger logger, string id, int pid);

    [LoggerMessage(1002, LogLevel.Debug, "Container {Id} exited with {ExitCode}")]
    internal static partial void Exited(ILogger logger, string id, int exitCode);

    [LoggerMessage(1003, LogLevel.Debug, "Container {Id} removed")]
    internal static partial void Removed(ILogger logger, string id);

    [LoggerMessage(1004, LogLevel.Information, "Container {Id} taken over from an engine that ended, pid {Pid}")]
    internal static partial void Adopted(ILogger logger, string id, int pid);

    [LoggerMessage(1010, LogLevel.Error, "The log of container {Id} can't be written, output is lost")]
    internal static partial void LogWriteFailed(ILogger logger, Exception exception, string id);

    [LoggerMessage(1011, LogLevel.Error, "Output of container {Id} can't be read")]
    internal static partial void OutputFailed(ILogger logger, Exception exception, string id);

    [LoggerMessage(1012, LogLevel.Warning, "Output of container {Id} is held open by a process that outlived it; it was cut off")]
    internal static partial void OutputCutOff(ILogger logger, string id);

    [LoggerMessage(1013, LogLevel.Error, "After the exit of container {Id}, {Step} failed")]
    internal static partial void ExitStepFailed(ILogger logger, Exception exception, string id, string step);

    [LoggerMessage(1014, LogLevel.Error, "Container {Id} could not be started again")]
    internal static partial void RestartFailed(ILogger logger, Exception exception, string id);

    [LoggerMessage(1015, LogLevel.Error, "The health of container {Id} can't be recorded")]
    internal static partial void HealthFailed(ILogger logger, Exception exception, string id);

    [LoggerMessage(1016, LogLevel.Error, "Container {Id} could not be started when the engine was opened")]
    internal static partial void StartAtOpenFailed(ILogger logger, Exception exception, string id);

    [LoggerMessage(1017, LogLevel.Debug, "A container could not be prepared ahead")]
    internal static partial void PreparationFailed(ILogger logger, Exception exception);

    [LoggerMessage(1018, LogLevel.Warning, "The memory of container {Id} can't be watched; a lack of it is reported at its end")]
    internal static partial void MemoryWatchFailed(ILogger logger, Exception exception, string id);

    [LoggerMessage(1019, LogLevel.Warning, "Containers have nothing but their loopback interface: {Reason}")]
    internal static partial void NoNetworks(ILogger logger, string reason);

    [LoggerMessage(1020, LogLevel.Information, "Container {Id} was left behind by an engine process that died; {Outcome}")]
    internal static partial void Recovered(ILogger logger, string id, string outcome);

    [LoggerMessage(1021, LogLevel.Error, "Container directory {Directory} can't be recovered")]
    internal static partial void RecoveryFailed(ILogger logger, Exception exception, string directory);

    [LoggerMessage(1022, LogLevel.Warning, "What was prepared for container {Id} was of no use and can't be removed; the next engine that opens the data root does that")]
    internal static partial void DiscardFailed(ILogger logger, Exception exception, string id);
}

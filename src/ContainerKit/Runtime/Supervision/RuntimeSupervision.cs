namespace ContainerKit.Runtime.Supervision;

/// <summary>What a container has that outlives the engine which started it.</summary>
/// <param name="RecordPath">The file in which its supervisor says what became of it.</param>
/// <param name="LogPath">The log that the supervisor writes; null: output goes nowhere.</param>
/// <param name="MaximumLogSize">The size from which on a new log file is begun; null: never.</param>
/// <param name="MaximumLogFiles">How many log files are kept, at least 1.</param>
internal sealed record RuntimeSupervision(string RecordPath, string? LogPath, long? MaximumLogSize, int MaximumLogFiles);

namespace ContainerKit.Compose;

/// <summary>A line of the log of a project.</summary>
/// <param name="Service">The service.</param>
/// <param name="Number">The number of the container among those of the service, from 1.</param>
/// <param name="Line">The line.</param>
public readonly record struct ComposeLogLine(string Service, int Number, LogLine Line);

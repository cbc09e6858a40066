namespace ContainerKit.Cli.Session;

/// <summary>Where a command writes, and who it is interrupted by.</summary>
/// <param name="Output">The results.</param>
/// <param name="Error">Messages and progress.</param>
/// <param name="Signals">The signals of this process.</param>
internal sealed record CommandConsole(TextWriter Output, TextWriter Error, ProcessSignals Signals);

namespace ContainerKit.Cli.Session;

/// <summary>Where a command writes, and who it is interrupted by.</summary>
/// <param name="Output">The results.</param>
/// <param name="Error">Messages and progress.</param>
/// <param name="Signals">The signals of this process.</param>
internal sealed record CommandConsole(TextWriter Output, TextWriter Error, ProcessSignals Signals)
{
    /// <summary>Opens what containers and archives are written to.</summary>
    public Func<Stream> OpenOutput { get; init; } = Console.OpenStandardOutput;

    public Func<Stream> OpenError { get; init; } = Console.OpenStandardError;

    public Func<Stream> OpenInput { get; init; } = Console.OpenStandardInput;
}

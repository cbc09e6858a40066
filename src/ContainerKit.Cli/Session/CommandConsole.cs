using Microsoft.Win32.SafeHandles;

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

    /// <summary>
    /// Opens what is typed or piped in. Not the console's own stream: on a terminal that edits and echoes lines by itself, whatever the terminal's mode is.
    /// </summary>
    public Func<Stream> OpenInput { get; init; } = static () => new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);
}

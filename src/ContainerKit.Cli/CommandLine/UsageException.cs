namespace ContainerKit.Cli.CommandLine;

/// <summary>A command line that can't be understood: the message is for the user.</summary>
internal sealed class UsageException(string message) : Exception(message)
{
    /// <summary>The command that was being read, for the hint at its help; null when none was found.</summary>
    public Command? Command { get; init; }
}

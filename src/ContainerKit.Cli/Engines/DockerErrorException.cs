namespace ContainerKit.Cli.Engines;

/// <summary>An engine's answer that it can't do what was asked for; the message is for the user.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="message">The engine's words.</param>
internal sealed class DockerErrorException(int status, string message) : IOException(message)
{
    public int Status { get; } = status;
}

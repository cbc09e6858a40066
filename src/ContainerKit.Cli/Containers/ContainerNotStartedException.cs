using ContainerKit.Cli.Session;

namespace ContainerKit.Cli.Containers;

/// <summary>A container that did not start; its exit code is docker's, which is made of the engine's words.</summary>
internal sealed class ContainerNotStartedException(string message, Exception inner) : IOException(message, inner)
{
    public int ExitCode { get; } = Classify(message);

    private static int Classify(string message)
    {
        if (Says("executable file not found") || Says("no such file or directory") || Says("system cannot find the file specified"))
            return ExitCodes.CommandNotFound;
        return Says("permission denied") || Says("is a directory") ? ExitCodes.CommandNotRun : ExitCodes.EngineFailed;

        bool Says(string words) => message.Contains(words, StringComparison.OrdinalIgnoreCase);
    }
}

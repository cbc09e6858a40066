using ContainerKit.Cli.Session;
using ContainerKit.Compose;

namespace ContainerKit.Cli.Compose;

/// <summary>Lines of several containers, each with the name of its own.</summary>
internal static class LogWriter
{
    public static async Task WriteAsync(ComposeProject project, ComposeLogOptions options, CommandConsole console, bool prefix, bool timestamps, CancellationToken cancellationToken)
    {
        int width = (await project.ListContainersAsync(cancellationToken).ConfigureAwait(false)).Select(container => Name(container.Service, container.Number).Length).DefaultIfEmpty().Max();
        await foreach (ComposeLogLine line in project.ReadLogsAsync(options, cancellationToken).ConfigureAwait(false))
        {
            string name = prefix ? $"{Name(line.Service, line.Number).PadRight(width)} | " : "";
            string time = timestamps ? $"{line.Line.Timestamp.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffffff}00Z " : "";
            TextWriter writer = line.Line.Stream == LogStream.StandardError ? console.Error : console.Output;
            await writer.WriteLineAsync($"{name}{time}{line.Line.Text}").ConfigureAwait(false);
        }
    }

    private static string Name(string service, int number) => $"{service}-{number}";
}

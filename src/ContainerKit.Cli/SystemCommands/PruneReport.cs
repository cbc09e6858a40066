using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;

namespace ContainerKit.Cli.SystemCommands;

/// <summary>What a prune says when it is done.</summary>
internal static class PruneReport
{
    /// <param name="reclaimed">Bytes; null for things that take none, such as networks.</param>
    public static async Task WriteAsync(CommandConsole console, string title, IReadOnlyList<string> removed, long? reclaimed)
    {
        if (removed.Count > 0)
            await console.Output.WriteLineAsync($"{title}:\n{string.Join('\n', removed)}\n").ConfigureAwait(false);
        if (reclaimed is long bytes)
            await console.Output.WriteLineAsync($"Total reclaimed space: {HumanText.Size(bytes)}").ConfigureAwait(false);
    }
}

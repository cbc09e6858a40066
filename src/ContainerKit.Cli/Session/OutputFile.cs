using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Terminals;

namespace ContainerKit.Cli.Session;

/// <summary>What <c>-o FILE</c> and the output take in its place.</summary>
internal static class OutputFile
{
    public static async Task WriteAsync(CommandInvocation invocation, CommandConsole console, Func<Stream, Task> write)
    {
        if (invocation.Value("output") is string path)
        {
            var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
            await using (file.ConfigureAwait(false))
                await write(file).ConfigureAwait(false);
            return;
        }

        if (ForegroundTerminal.Size is not null)
            throw new UsageException("an archive is nothing for a terminal: redirect the output, or use -o") { Command = invocation.Command };
        Stream output = console.OpenOutput();
        await using (output.ConfigureAwait(false))
            await write(output).ConfigureAwait(false);
    }
}

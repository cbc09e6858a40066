using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Session;

namespace ContainerKit.Cli;

internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        using var signals = new ProcessSignals(listen: true);
        return await RunAsync(arguments, new CommandConsole(Console.Out, Console.Error, signals), signals.Stopped).ConfigureAwait(false);
    }

    /// <summary>Runs one command line.</summary>
    internal static async Task<int> RunAsync(IReadOnlyList<string> arguments, CommandConsole console, CancellationToken cancellationToken)
    {
        Command root = RootCommand.Create(console);
        Command found = root;
        try
        {
            CommandInvocation? invocation = CommandParser.Parse(root, arguments, out found);
            if (invocation is null)
            {
                await console.Output.WriteAsync(HelpText.Of(found)).ConfigureAwait(false);
                return 0;
            }

            return await invocation.Command.Handler!(invocation, cancellationToken).ConfigureAwait(false);
        }
        catch (UsageException e)
        {
            Command command = e.Command ?? found;
            await console.Error.WriteLineAsync($"{e.Message}\n{HelpText.Hint(command)}").ConfigureAwait(false);
            return command.UsageExitCode;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        catch (Exception e) when (ExitCodes.IsExpected(e))
        {
            await console.Error.WriteLineAsync($"ckit: {e.Message}").ConfigureAwait(false);
            return ExitCodes.Of(e, found);
        }
    }
}

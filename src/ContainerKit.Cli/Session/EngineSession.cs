using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;

namespace ContainerKit.Cli.Session;

/// <summary>Opens the engine of a data root in this process, for what no server is asked for: builds of this machine's files, and checks of the data root.</summary>
internal static class EngineSession
{
    /// <exception cref="UsageException">The engine is elsewhere.</exception>
    public static async Task<int> RunAsync(CommandInvocation invocation, Func<ContainerEngine, Task<int>> work, CancellationToken cancellationToken)
    {
        if (EngineChoice.Find(invocation) is not EngineAddress.Local local)
            throw new UsageException($"{invocation.Command.FullName} works on a data root of this machine, and not on {EngineChoice.Find(invocation)}") { Command = invocation.Command };
        var options = new EngineOptions { DataRoot = local.Path, PrepareContainers = false };
        ContainerEngine engine = await ContainerEngine.OpenAsync(options, cancellationToken).ConfigureAwait(false);
        await using (engine.ConfigureAwait(false))
            return await work(engine).ConfigureAwait(false);
    }

    /// <summary>Does something with each of several things; one that fails does not keep the others from their turn.</summary>
    /// <param name="console">Gets a line for each.</param>
    /// <param name="names">What is meant.</param>
    /// <param name="work">Returns what is printed; null for nothing.</param>
    public static async Task<int> EachAsync(CommandConsole console, IReadOnlyList<string> names, Func<string, Task<string?>> work)
    {
        int code = 0;
        foreach (string name in names)
        {
            try
            {
                if (await work(name).ConfigureAwait(false) is string line)
                    await console.Output.WriteLineAsync(line).ConfigureAwait(false);
            }
            catch (Exception e) when (ExitCodes.IsExpected(e))
            {
                await console.Error.WriteLineAsync($"ckit: {e.Message}").ConfigureAwait(false);
                code = 1;
            }
        }

        return code;
    }
}

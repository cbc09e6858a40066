using ContainerKit.Cli.CommandLine;

namespace ContainerKit.Cli.Session;

/// <summary>Opens the engine of a command's data root for as long as the command takes.</summary>
internal static class EngineSession
{
    public const string DataRootOption = "data-root";

    private const string DataRootVariable = "CKIT_DATA_ROOT";

    public static CommandOption Option { get; } = new(DataRootOption, null, "string", $"The directory of images and containers (default: ${DataRootVariable}, else the user's)");

    public static async Task<int> RunAsync(CommandInvocation invocation, Func<ContainerEngine, Task<int>> work, CancellationToken cancellationToken)
    {
        string? root = invocation.Value(DataRootOption) ?? Environment.GetEnvironmentVariable(DataRootVariable);
        var options = new EngineOptions { DataRoot = string.IsNullOrEmpty(root) ? null : root, PrepareContainers = false };
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

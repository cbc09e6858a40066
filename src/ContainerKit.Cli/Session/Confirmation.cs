using ContainerKit.Cli.CommandLine;

namespace ContainerKit.Cli.Session;

/// <summary>Asks before what can't be undone.</summary>
internal static class Confirmation
{
    public static CommandOption Option { get; } = new("force", 'f', null, "Don't ask");

    /// <exception cref="OperationCanceledException">The answer is no.</exception>
    public static async Task RequireAsync(CommandInvocation invocation, CommandConsole console, string warning)
    {
        if (invocation.IsSet("force"))
            return;
        await console.Error.WriteAsync($"WARNING! {warning}\nAre you sure you want to continue? [y/N] ").ConfigureAwait(false);
        if ((await Console.In.ReadLineAsync(CancellationToken.None).ConfigureAwait(false))?.Trim() is not ("y" or "Y" or "yes"))
            throw new UsageException("Nothing was removed.") { Command = invocation.Command };
    }
}

using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.Terminals;

namespace ContainerKit.Cli.Containers;

/// <summary><c>ckit exec</c>.</summary>
internal static class ExecCommand
{
    public static Command Create(CommandConsole console) => new("exec", "Run a command in a container that runs", "CONTAINER COMMAND [ARG...]")
    {
        MinimumArguments = 2,
        PassesArguments = true,
        Options =
        [
            new("env", 'e', "list", "An environment variable, NAME=value"),
            new("interactive", 'i', null, "Keep the input open"),
            new("privileged", null, null, "Every privilege"),
            new("tty", 't', null, "Give it a terminal"),
            new("user", 'u', "string", "User and group, by name or id"),
            new("workdir", 'w', "string", "The working directory"),
        ],
        Handler = (invocation, token) => EngineSession.RunAsync(
            invocation,
            async engine =>
            {
                Container container = await engine.Containers.GetAsync(invocation.Arguments[0], token).ConfigureAwait(false);
                return await RunAsync(container, invocation, invocation.IsSet("interactive"), invocation.IsSet("tty"), console, token).ConfigureAwait(false);
            },
            token),
    };

    /// <summary>Runs the command that follows the first argument.</summary>
    internal static async Task<int> RunAsync(Container container, CommandInvocation invocation, bool interactive, bool terminalWanted, CommandConsole console, CancellationToken cancellationToken)
    {
        ExecSpec spec = ExecSpec.ForCommand(invocation.Arguments.Skip(1)) with
        {
            OpenStdin = interactive,
            Privileged = invocation.IsSet("privileged"),
            User = invocation.Value("user"),
            WorkingDirectory = invocation.Value("workdir"),
        };
        foreach (string entry in invocation.Values("env"))
            spec = spec.WithEnvironment(SpecReader.Pair(entry).Name, entry.Contains('=', StringComparison.Ordinal) ? SpecReader.Pair(entry).Value : Environment.GetEnvironmentVariable(entry) ?? "");
        if (terminalWanted)
        {
            spec = spec is { OpenStdin: true } && !ForegroundTerminal.HasInputTerminal
                ? throw new UsageException("the input device is not a TTY") { Command = invocation.Command }
                : spec.WithTerminal(ForegroundTerminal.Size);
        }

        ExecSession session = await container.OpenExecAsync(spec, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            using var terminal = new ForegroundTerminal(console.Signals, spec.Terminal, session.Resize, signal => session.Kill(SignalNames.Of(signal)));
            Task<bool> input = spec.OpenStdin && session.StandardInput is { } writer ? ForegroundTerminal.CopyInputAsync(writer, detachable: spec.Terminal, CancellationToken.None) : Task.FromResult(false);
            Task<ExitStatus> ended = ConnectAsync(session);

            // The command goes on when the keys are pressed, as far as its container does.
            if (await Task.WhenAny(ended, input).ConfigureAwait(false) == input && await input.ConfigureAwait(false))
                return 0;
            return (await ended.ConfigureAwait(false)).ExitCode;
        }
    }

    private static async Task<ExitStatus> ConnectAsync(ExecSession session)
    {
        Stream output = Console.OpenStandardOutput();
        Stream error = Console.OpenStandardError();
        await using (output.ConfigureAwait(false))
        await using (error.ConfigureAwait(false))
        {
            await Task.WhenAll(
                ForegroundTerminal.CopyOutputAsync(session.StandardOutput, output),
                ForegroundTerminal.CopyOutputAsync(session.StandardError, error)).ConfigureAwait(false);
            return await session.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }
}

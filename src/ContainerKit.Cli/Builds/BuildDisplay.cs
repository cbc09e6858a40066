using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Terminals;

namespace ContainerKit.Cli.Builds;

/// <summary>What a build shows while it runs, whoever runs it. Called from any thread.</summary>
internal abstract class BuildDisplay : IAsyncDisposable
{
    public static CommandOption Option { get; } = new("progress", null, "string", "auto, plain, tty or quiet");

    /// <summary>The display that <c>--progress</c> asks for; by itself that of a terminal, if there is one.</summary>
    /// <param name="invocation">Has the flag, and may have <c>--quiet</c>.</param>
    /// <param name="output">Where to.</param>
    public static BuildDisplay For(CommandInvocation invocation, TextWriter output)
    {
        bool quiet = invocation.IsSet("quiet");
        return (invocation.Value(Option.Name) ?? "auto") switch
        {
            "auto" => quiet ? new PlainBuildDisplay(TextWriter.Null) : Automatic(output),
            "quiet" => new PlainBuildDisplay(TextWriter.Null),
            "plain" => new PlainBuildDisplay(quiet ? TextWriter.Null : output),
            "tty" => quiet ? new PlainBuildDisplay(TextWriter.Null) : CreateForTerminal(output),
            string other => throw invocation.Invalid(Option.Name, other, "auto, plain, tty or quiet is wanted"),
        };
    }

    /// <summary>That of a terminal if errors go to one, else lines.</summary>
    public static BuildDisplay Automatic(TextWriter output)
        => TerminalStyle.CanRedraw && TerminalStyle.GetSizeOfError() is not null
            ? CreateForTerminal(output)
            : new PlainBuildDisplay(output);

    public abstract void Start(int number, int total, string text);

    public abstract void Cached(int number);

    public abstract void Complete(int number);

    public abstract void Fail(int number);

    /// <summary>What a command writes: lines, or pieces of them.</summary>
    public abstract void Write(int number, string text);

    /// <summary>A layer of a base image comes along.</summary>
    /// <param name="id">Which.</param>
    /// <param name="status">What is done with it.</param>
    /// <param name="current">Bytes that are done; 0 where nothing is counted.</param>
    /// <param name="total">Of so many; 0 where nobody knows.</param>
    public abstract void Transfer(string id, string status, long current, long total);

    public abstract void Warn(string message);

    /// <summary>Shows what is left to be shown; everything is still there afterwards.</summary>
    public abstract ValueTask DisposeAsync();

    private static TerminalBuildDisplay CreateForTerminal(TextWriter output)
        => new(output, TimeProvider.System, TerminalStyle.GetSizeOfError, TerminalStyle.HasColours && TerminalStyle.GetSizeOfError() is not null);
}

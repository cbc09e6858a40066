using System.Globalization;
using System.Text;

namespace ContainerKit.Containers.Waiting;

/// <summary>The message of a wait that failed: what happened, what was waited for, what the container said, what to do.</summary>
internal static class WaitFailureText
{
    private const int LongestLine = 500;

    internal static string Create(Container container, WaitOutcome outcome, ExitStatus? exit, bool outOfMemory, IReadOnlyList<LogLine> log)
    {
        var text = new StringBuilder();
        string reason = outcome.Reason.TrimEnd('.');
        text.Append(outcome.Kind switch
        {
            WaitOutcomeKind.Ended => $"Container {container} {DescribeEnd(exit, outOfMemory)} before it was ready. Waited for {reason}.",
            WaitOutcomeKind.TimedOut => $"Container {container} runs, but was not ready in time. Waited for {reason}.",
            _ => $"Container {container} does not become ready. Waited for {reason}.",
        });
        if (log.Count == 0)
        {
            text.Append(container.Spec.AutoRemove ? " Its log was removed with it (AutoRemove)." : " It has written nothing.");
        }
        else
        {
            text.Append(log.Count == 1 ? " Its last line:" : string.Create(CultureInfo.InvariantCulture, $" Its last {log.Count} lines:"));
            foreach (LogLine line in log)
                text.Append("\n    ").Append(line.Text.Length > LongestLine ? string.Concat(line.Text.AsSpan(0, LongestLine), "…") : line.Text.TrimEnd());
            text.Append('\n');
        }

        return text.Append(Remedy(outcome, exit, outOfMemory)).ToString();
    }

    private static string DescribeEnd(ExitStatus? exit, bool outOfMemory) => exit switch
    {
        null => "was removed",
        _ when outOfMemory => $"was killed for want of memory (exit code {exit.Value.ExitCode.ToString(CultureInfo.InvariantCulture)})",
        { Signal: int signal } => string.Create(CultureInfo.InvariantCulture, $"was killed by signal {signal} (exit code {exit.Value.ExitCode})"),
        _ => string.Create(CultureInfo.InvariantCulture, $"ended with exit code {exit.Value.ExitCode}"),
    };

    private static string Remedy(WaitOutcome outcome, ExitStatus? exit, bool outOfMemory) => outcome.Kind switch
    {
        WaitOutcomeKind.Ended when outOfMemory => " Raise its WithMemoryLimit.",
        WaitOutcomeKind.Ended when exit is { ExitCode: 0 } => " Its command has ended without a failure: give it one that goes on (a server in the foreground), or wait by Wait.ForExit.",
        WaitOutcomeKind.Ended => " The lines above say why the program ended, if anything does; its command, environment and files come from the image and the spec.",
        WaitOutcomeKind.TimedOut => " If it only needs longer, give the wait more time by WithTimeout; otherwise compare what is waited for with what the lines above say.",
        _ => "",
    };
}

using System.Globalization;
using System.Text;

namespace ContainerKit.Containers.Waiting;

/// <summary>Lines of the output. They are followed as they come; all of them count that were written before the container ended.</summary>
internal sealed record LogWait(Func<string, bool> Matches, string Text, int Count) : WaitStrategy
{
    /// <summary>A line that is longer is looked at in parts.</summary>
    private const int LongestLine = 1 << 20;

    /// <summary>The log is complete only after the end, so the end is seen here.</summary>
    internal override bool FailsWithContainer => false;

    internal override string Describe()
        => Count == 1 ? $"the output {Text}" : string.Create(CultureInfo.InvariantCulture, $"the output {Text} in {Count} lines");

    internal override async Task<WaitOutcome> RunAsync(WaitContext context, WaitProgress progress, CancellationToken cancellationToken)
    {
        while (true)
        {
            int found = 0;
            var line = new StringBuilder();
            await foreach (LogLine part in context.Container.ReadLogsAsync(follow: true, since: context.Since, cancellationToken: cancellationToken).ConfigureAwait(false))
            {
                line.Append(part.Text);
                if (part.IsPartial && line.Length < LongestLine)
                    continue;
                if (Matches(line.ToString()) && ++found == Count)
                    return WaitOutcome.Ready;
                line.Clear();
            }

            progress.NotYet(string.Create(CultureInfo.InvariantCulture, $"found in {found} lines"));
            if (!await WaitContext.ComesBackAsync(context.Container, cancellationToken).ConfigureAwait(false))
            {
                await context.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
                return new WaitOutcome(WaitOutcomeKind.Ended, Describe());
            }

            // Its next run writes to the same log, which is read from the beginning.
            await Task.Delay(Interval, context.Time, cancellationToken).ConfigureAwait(false);
        }
    }
}

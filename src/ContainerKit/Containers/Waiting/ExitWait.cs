using System.Globalization;

namespace ContainerKit.Containers.Waiting;

/// <summary>The container ends.</summary>
internal sealed record ExitWait(int? ExitCode) : WaitStrategy
{
    internal override bool FailsWithContainer => false;

    internal override string Describe() => ExitCode is int code ? string.Create(CultureInfo.InvariantCulture, $"its end with exit code {code}") : "its end";

    internal override async Task<WaitOutcome> RunAsync(WaitContext context, WaitProgress progress, CancellationToken cancellationToken)
    {
        ExitStatus? status = await context.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
        return ExitCode is null || status?.ExitCode == ExitCode ? WaitOutcome.Ready : new WaitOutcome(WaitOutcomeKind.Ended, Describe());
    }
}

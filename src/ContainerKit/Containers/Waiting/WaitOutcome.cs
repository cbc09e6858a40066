namespace ContainerKit.Containers.Waiting;

/// <summary>How a wait ended.</summary>
/// <param name="Kind">In which way.</param>
/// <param name="Reason">Why not, in words; empty when it is ready.</param>
/// <param name="Cause">What was thrown last; null for nothing.</param>
internal sealed record WaitOutcome(WaitOutcomeKind Kind, string Reason = "", Exception? Cause = null)
{
    internal static WaitOutcome Ready { get; } = new(WaitOutcomeKind.Ready);

    internal bool IsReady => Kind == WaitOutcomeKind.Ready;
}

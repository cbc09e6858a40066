using System.Collections.Immutable;

namespace ContainerKit.Containers.Waiting;

/// <summary>All, or one, of several.</summary>
internal sealed record CompositeWait : WaitStrategy
{
    internal CompositeWait(ImmutableArray<WaitStrategy> members, bool All)
    {
        (Members, IsAll) = (members, All);

        // Each member has its own limit, unless this one is given a shorter one.
        Timeout = System.Threading.Timeout.InfiniteTimeSpan;
    }

    internal ImmutableArray<WaitStrategy> Members { get; }

    internal bool IsAll { get; }

    /// <summary>What messages call it; null: by its members.</summary>
    internal string? Name { get; init; }

    /// <summary>Each member looks itself.</summary>
    internal override bool FailsWithContainer => false;

    /// <summary>The members keep it, so that what each of them has seen is reported.</summary>
    internal override TimeSpan Limit => System.Threading.Timeout.InfiniteTimeSpan;

    internal override string Describe() => Name ?? (Members.Length == 1 ? Members[0].Describe() : string.Join(IsAll ? " and " : " or ", Members));

    internal override async Task<WaitOutcome> RunAsync(WaitContext context, WaitProgress progress, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task<WaitOutcome>> running = [.. Members.Select(member => WaitRunner.RunAsync(context, Inherit(member), over.Token))];
        List<WaitOutcome> failures = [];
        try
        {
            while (running.Count > 0)
            {
                Task<WaitOutcome> done = await Task.WhenAny(running).ConfigureAwait(false);
                running.Remove(done);
                WaitOutcome outcome = await done.ConfigureAwait(false);
                if (outcome.IsReady != IsAll)
                {
                    if (IsAll || outcome.IsReady)
                        return outcome;
                }

                if (!outcome.IsReady)
                    failures.Add(outcome);
            }
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(running.Select(WaitRunner.IgnoreAsync)).ConfigureAwait(false);
        }

        return failures.Count == 0
            ? WaitOutcome.Ready
            : new WaitOutcome(failures[^1].Kind, string.Join("; or ", failures.Select(failure => failure.Reason)), failures[^1].Cause);
    }

    /// <summary>No member waits longer than the whole may. An interval that was set for a port is that of its two sides.</summary>
    private WaitStrategy Inherit(WaitStrategy member)
    {
        WaitStrategy result = Name is null || Interval == DefaultInterval ? member : member with { Interval = Interval };
        if (Timeout == System.Threading.Timeout.InfiniteTimeSpan)
            return result;
        bool replaces = Name is not null || member.Timeout == System.Threading.Timeout.InfiniteTimeSpan || member.Timeout > Timeout;
        return replaces ? result with { Timeout = Timeout } : result;
    }
}

namespace ContainerKit.Linux.Security;

/// <summary>Call numbers from <paramref name="Start"/> up to the next segment's, with one outcome.</summary>
internal readonly record struct SyscallSegment(uint Start, SyscallDecision Decision)
{
    internal bool IsConstant => Decision.Cases.IsEmpty;
}

/// <summary>Collects segments by ascending number; neighbours with the same outcome become one.</summary>
internal sealed class SyscallLine
{
    internal List<SyscallSegment> Segments { get; } = [];

    internal void Add(uint start, SeccompAction action) => Add(start, new SyscallDecision([], action));

    internal void Add(uint start, SyscallDecision decision)
    {
        bool same = Segments is [.., { IsConstant: true } last] && decision.Cases.IsEmpty && last.Decision.Otherwise == decision.Otherwise;
        if (!same) Segments.Add(new SyscallSegment(start, decision));
    }
}

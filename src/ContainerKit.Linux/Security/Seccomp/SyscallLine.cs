namespace ContainerKit.Linux.Security;

/// <summary>Call numbers from <paramref name="start"/> up to the next segment's, with one outcome.</summary>
internal sealed class SyscallSegment(uint start, SyscallDecision decision)
{
    internal uint Start => start;

    internal SyscallDecision Decision => decision;
}

/// <summary>The numbers under one audit token, added in ascending order; neighbours with the same outcome become one segment.</summary>
internal sealed class SyscallLine(uint token)
{
    internal uint Token => token;

    internal List<SyscallSegment> Segments { get; } = [];

    internal void Add(uint start, SeccompAction action) => Add(start, new SyscallDecision([], action));

    internal void Add(uint start, SyscallDecision decision)
    {
        bool same = Segments.Count > 0 && decision.IsConstant && decision.Equals(Segments[^1].Decision);
        if (!same) Segments.Add(new SyscallSegment(start, decision));
    }

    /// <summary>Adds the calls of <paramref name="architecture"/> and the gaps between and after them.</summary>
    internal void Add(ResolvedArchitecture architecture, uint first, SeccompAction defaultAction)
    {
        uint next = first;
        foreach (ResolvedSyscall syscall in architecture.Syscalls)
        {
            AddGap(syscall.Number);
            Add(syscall.Number, syscall.Decision);
            next = syscall.Number + 1;
        }
        AddGap(uint.MaxValue);

        void AddGap(uint end)
        {
            if (next < end) Add(next, next <= architecture.NewestKnown ? defaultAction : architecture.UnknownAction);
        }
    }
}

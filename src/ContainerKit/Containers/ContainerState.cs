using ContainerKit.Runtime;

namespace ContainerKit.Containers;

/// <summary>The state of a container; each case carries what exists only in it.</summary>
internal abstract record ContainerState
{
    private ContainerState()
    {
    }

    /// <summary>The public name of the case.</summary>
    public abstract ContainerStatus Status { get; }

    /// <summary>Never ran; a start that failed leaves its exit code and reason, as Docker does.</summary>
    internal sealed record Created(int? FailedExitCode = null, string? Error = null) : ContainerState
    {
        public override ContainerStatus Status => ContainerStatus.Created;
    }

    /// <summary>Its first process runs.</summary>
    internal sealed record Running(ProcessIdentity Identity, DateTimeOffset StartedAt) : ContainerState
    {
        public override ContainerStatus Status => ContainerStatus.Running;
    }

    /// <summary>Its first process ended.</summary>
    internal sealed record Exited(ExitStatus ExitStatus, DateTimeOffset? StartedAt, DateTimeOffset FinishedAt, string? Error = null) : ContainerState
    {
        public override ContainerStatus Status => ContainerStatus.Exited;
    }

    /// <summary>Nothing may use it any more.</summary>
    internal sealed record Removing : ContainerState
    {
        public override ContainerStatus Status => ContainerStatus.Removing;
    }
}

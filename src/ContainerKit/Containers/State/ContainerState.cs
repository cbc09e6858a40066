using ContainerKit.Networks;
using ContainerKit.Runtime.Processes;

namespace ContainerKit.Containers.State;

/// <summary>The state of a container; each case carries what exists only in it.</summary>
internal abstract record ContainerState
{
    private ContainerState()
    {
    }

    /// <summary>The public name of the case.</summary>
    public abstract ContainerStatus Status { get; }

    /// <summary>How often the restart policy started it since a caller did.</summary>
    public int RestartCount { get; init; }

    /// <summary>Never ran; a start that failed leaves its exit code and reason, as Docker does.</summary>
    internal sealed record Created(int? FailedExitCode = null, string? Error = null) : ContainerState
    {
        public override ContainerStatus Status => ContainerStatus.Created;
    }

    /// <summary>Its first process runs, or is paused.</summary>
    internal sealed record Running(ProcessIdentity Identity, DateTimeOffset StartedAt) : ContainerState
    {
        public override ContainerStatus Status => IsPaused ? ContainerStatus.Paused : ContainerStatus.Running;

        /// <summary>True: its processes are frozen.</summary>
        public bool IsPaused { get; init; }

        /// <summary>When the run before this one ended; null for the first.</summary>
        public DateTimeOffset? FinishedAt { get; init; }

        /// <summary>What it has of its networks; null for none.</summary>
        public NetworkState? Network { get; init; }

        /// <summary>What its health check says; null without one.</summary>
        public HealthStatus? Health { get; init; }
    }

    /// <summary>Its first process ended; it is started again after a delay. Only while its engine lives.</summary>
    internal sealed record Restarting(ExitStatus ExitStatus, DateTimeOffset? StartedAt, DateTimeOffset FinishedAt) : ContainerState
    {
        public override ContainerStatus Status => ContainerStatus.Restarting;

        /// <summary>True: the kernel killed one of its processes for want of memory.</summary>
        public bool OutOfMemory { get; init; }

        /// <summary>What it is when it is not started again after all.</summary>
        internal Exited Settle(bool stoppedByCaller)
            => new(ExitStatus, StartedAt, FinishedAt) { OutOfMemory = OutOfMemory, RestartCount = RestartCount, StoppedByCaller = stoppedByCaller };
    }

    /// <summary>Its first process ended.</summary>
    internal sealed record Exited(ExitStatus ExitStatus, DateTimeOffset? StartedAt, DateTimeOffset FinishedAt, string? Error = null) : ContainerState
    {
        public override ContainerStatus Status => ContainerStatus.Exited;

        /// <inheritdoc cref="Restarting.OutOfMemory"/>
        public bool OutOfMemory { get; init; }

        /// <summary>True: a caller stopped or killed it, so <see cref="RestartMode.UnlessStopped"/> leaves it alone when an engine is opened.</summary>
        public bool StoppedByCaller { get; init; }
    }

    /// <summary>Nothing may use it any more.</summary>
    internal sealed record Removing : ContainerState
    {
        public override ContainerStatus Status => ContainerStatus.Removing;
    }
}

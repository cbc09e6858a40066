using ContainerKit.Networks;
using ContainerKit.Runtime.Processes;

namespace ContainerKit.Containers.State;

/// <summary>A <see cref="ContainerState"/> as state.json holds it. Flat, because it is also read by people and by tools.</summary>
internal sealed record ContainerStateRecord
{
    public required ContainerStatus Status { get; init; }

    /// <summary>
    /// True: recovery removes the container with its owner. Here and not only in config.json, so that recovery reads one file a container.
    /// </summary>
    public bool Ephemeral { get; init; }

    /// <summary>True: a start was under way; there may be a process or a cgroup.</summary>
    public bool IsStarting { get; init; }

    /// <summary>The engine process that started it; for messages, since the lock decides.</summary>
    public int? OwnerPid { get; init; }

    public int? Pid { get; init; }

    public long? ProcessStartTime { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public int? ExitCode { get; init; }

    public int? Signal { get; init; }

    public string? Error { get; init; }

    public bool OutOfMemory { get; init; }

    public int RestartCount { get; init; }

    public bool StoppedByCaller { get; init; }

    public HealthStatus? Health { get; init; }

    /// <summary>What it has of its networks while it runs.</summary>
    public NetworkState? Network { get; init; }

    /// <summary>True for states that end with their owner.</summary>
    internal bool NeedsOwner => Status is ContainerStatus.Running or ContainerStatus.Paused or ContainerStatus.Restarting;

    internal static ContainerStateRecord From(ContainerState state, bool ephemeral)
    {
        var record = new ContainerStateRecord { Status = state.Status, Ephemeral = ephemeral, RestartCount = state.RestartCount };
        return state switch
        {
            ContainerState.Created created => record with { ExitCode = created.FailedExitCode, Error = created.Error },
            ContainerState.Running running => record with
            {
                OwnerPid = System.Environment.ProcessId,
                Pid = running.Identity.Pid,
                ProcessStartTime = running.Identity.StartTime,
                StartedAt = running.StartedAt,
                FinishedAt = running.FinishedAt,
                Health = running.Health,
                Network = running.Network,
            },
            ContainerState.Restarting restarting => record with
            {
                OwnerPid = System.Environment.ProcessId,
                StartedAt = restarting.StartedAt,
                FinishedAt = restarting.FinishedAt,
                ExitCode = restarting.ExitStatus.ExitCode,
                Signal = restarting.ExitStatus.Signal,
                OutOfMemory = restarting.OutOfMemory,
            },
            ContainerState.Exited exited => record with
            {
                StartedAt = exited.StartedAt,
                FinishedAt = exited.FinishedAt,
                ExitCode = exited.ExitStatus.ExitCode,
                Signal = exited.ExitStatus.Signal,
                Error = exited.Error,
                OutOfMemory = exited.OutOfMemory,
                StoppedByCaller = exited.StoppedByCaller,
            },
            _ => record,
        };
    }

    /// <summary>The state, or null where the record lacks what its status needs.</summary>
    internal ContainerState? ToState() => Status switch
    {
        ContainerStatus.Created => new ContainerState.Created(ExitCode, Error),
        ContainerStatus.Running or ContainerStatus.Paused when Pid is int pid && ProcessStartTime is long start && StartedAt is DateTimeOffset startedAt
            => new ContainerState.Running(new ProcessIdentity(pid, start), startedAt)
            {
                IsPaused = Status == ContainerStatus.Paused,
                FinishedAt = FinishedAt,
                Health = Health,
                Network = Network,
                RestartCount = RestartCount,
            },
        ContainerStatus.Restarting when ExitCode is int code && FinishedAt is DateTimeOffset finishedAt
            => new ContainerState.Restarting(new ExitStatus(code, Signal), StartedAt, finishedAt) { OutOfMemory = OutOfMemory, RestartCount = RestartCount },
        ContainerStatus.Exited when ExitCode is int code && FinishedAt is DateTimeOffset finishedAt
            => new ContainerState.Exited(new ExitStatus(code, Signal), StartedAt, finishedAt, Error)
            {
                OutOfMemory = OutOfMemory,
                RestartCount = RestartCount,
                StoppedByCaller = StoppedByCaller,
            },
        ContainerStatus.Removing => new ContainerState.Removing(),
        _ => null,
    };
}

using ContainerKit.Runtime;

namespace ContainerKit.Containers;

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

    internal static ContainerStateRecord From(ContainerState state, bool ephemeral)
    {
        var record = new ContainerStateRecord { Status = state.Status, Ephemeral = ephemeral };
        return state switch
        {
            ContainerState.Created created => record with { ExitCode = created.FailedExitCode, Error = created.Error },
            ContainerState.Running running => record with
            {
                OwnerPid = System.Environment.ProcessId,
                Pid = running.Identity.Pid,
                ProcessStartTime = running.Identity.StartTime,
                StartedAt = running.StartedAt,
            },
            ContainerState.Exited exited => record with
            {
                StartedAt = exited.StartedAt,
                FinishedAt = exited.FinishedAt,
                ExitCode = exited.ExitStatus.ExitCode,
                Signal = exited.ExitStatus.Signal,
                Error = exited.Error,
            },
            _ => record,
        };
    }

    /// <summary>The state, or null where the record lacks what its status needs.</summary>
    internal ContainerState? ToState() => Status switch
    {
        ContainerStatus.Created => new ContainerState.Created(ExitCode, Error),
        ContainerStatus.Running when Pid is int pid && ProcessStartTime is long start && StartedAt is DateTimeOffset startedAt
            => new ContainerState.Running(new ProcessIdentity(pid, start), startedAt),
        ContainerStatus.Exited when ExitCode is int code && FinishedAt is DateTimeOffset finishedAt
            => new ContainerState.Exited(new ExitStatus(code, Signal), StartedAt, finishedAt, Error),
        ContainerStatus.Removing => new ContainerState.Removing(),
        _ => null,
    };
}

using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Launching;

/// <summary>A process that a launch program has become.</summary>
/// <param name="Pid">Its id in this process's pid namespace.</param>
/// <param name="Handle">Its pidfd; owned by the caller. The process is a child of this one and has to be waited for through it.</param>
public sealed record LaunchedProcess(int Pid, PidFd Handle)
{
    /// <summary>Its supervisor, which is the child that has to be waited for then; owned by the caller. Null where there is none.</summary>
    public PidFd? Supervisor { get; init; }
}

namespace ContainerKit.Linux.Launching;

/// <content>A process that stays with a container when its starter ends.</content>
public sealed partial class LaunchProgramBuilder
{
    private long _childPidAddress;

    /// <summary>
    /// Forks. The child goes on with the program; this process stays as long as the one that the program makes by <see cref="ContinueInChild"/>,
    /// whose parent it is: it writes its output into a log and its end into a <see cref="SupervisionRecord"/>, whether the starter lives or not.
    /// Without it that process is killed. To be the program's first operation.
    /// </summary>
    /// <param name="plan">What it is given.</param>
    public void ContinueBelowSupervisor(SupervisorPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        new SupervisorLoop(this, plan).Add();
        _childPidAddress = SupervisorLoop.RecordAddress + SupervisionRecord.ContainerPidOffset;
    }
}

namespace ContainerKit.Linux.Launching;

/// <summary>
/// What the process that stays with a detached container is given: <see cref="LaunchProgramBuilder.ContinueBelowSupervisor"/>.
/// </summary>
public sealed record SupervisorPlan
{
    /// <summary>
    /// The position, among the inherited descriptors, of the record's; behind it come the read ends of the container's standard output and error
    /// and, where there is a log, the log file and the directory that it is in. They are the last ones.
    /// </summary>
    public required int FirstDescriptor { get; init; }

    /// <summary>Where the output goes; null: it is read and dropped.</summary>
    public SupervisedLog? Log { get; init; }

    /// <summary>The cgroup's file that counts out-of-memory kills (memory.events, memory.oom_control), read at the end; null for none.</summary>
    public string? OutOfMemoryFile { get; init; }

    /// <summary>How many descriptors the supervisor keeps.</summary>
    public int DescriptorCount => Log is null ? 3 : 5;
}

namespace ContainerKit.Linux.Launching;

/// <summary>What a 16-byte message on the report pipe is about; any other value is the address of an operation that failed.</summary>
internal enum LaunchReport : long
{
    None = 0,

    /// <summary>The pid of the process that goes on.</summary>
    Child = 1,

    /// <summary>A checkpoint is reached; the process waits for an answer.</summary>
    Checkpoint = 2,

    /// <summary>The process that goes on is at a checkpoint; its pid may be reported after that.</summary>
    ChildCheckpoint = 3,
}

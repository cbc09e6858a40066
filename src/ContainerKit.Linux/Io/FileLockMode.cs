namespace ContainerKit.Linux.Io;

/// <summary>How a <see cref="FileLock"/> is held, flock(2).</summary>
public enum FileLockMode
{
    /// <summary>One holder, LOCK_EX.</summary>
    Exclusive,

    /// <summary>Any number of holders, none exclusive, LOCK_SH.</summary>
    Shared,
}

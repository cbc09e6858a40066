namespace ContainerKit.Runtime.Processes;

/// <summary>A process that can be recognised again although pids are reused.</summary>
/// <param name="Pid">Process id in the host's pid namespace.</param>
/// <param name="StartTime">Start time in clock ticks since boot, field 22 of proc_pid_stat(5).</param>
internal readonly record struct ProcessIdentity(int Pid, long StartTime);

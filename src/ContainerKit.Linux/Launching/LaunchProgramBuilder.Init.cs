namespace ContainerKit.Linux.Launching;

/// <content>A first process that is nothing but an init: what tini and docker-init are, as a loop of this program.</content>
public sealed partial class LaunchProgramBuilder
{
    private const int SignalSetSize = 8;

    /// <summary>
    /// Forks. The child goes on with the program; this process stays: it passes every signal that it gets on to the child, reaps every
    /// process whose parent has ended, and ends with the child, with its exit code or 128 and the number of the signal that ended it.
    /// </summary>
    /// <remarks>
    /// Signals are blocked and waited for, rt_sigtimedwait(2): a first process of a pid namespace never sees an unblocked signal that it
    /// does not handle, pid_namespaces(7). The loop needs no memory, no stack and no descriptor: it closes all of them.
    /// </remarks>
    /// <param name="terminal">True: standard input is the controlling terminal; the child's process group becomes its foreground.</param>
    public void ContinueBelowInit(bool terminal)
    {
        const int PR_SET_CHILD_SUBREAPER = 36;
        LaunchArgument every = Bytes([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], "~[]");
        LaunchArgument setMask = LaunchArgument.Named(2, "SIG_SETMASK");

        // Before the fork, so that no signal is lost between it and the loop.
        Call("rt_sigprocmask", setMask, every, 0, SignalSetSize);

        // A first process gets the orphans of its namespace anyhow; in a pid namespace of others only so, prctl(2).
        Prctl(PR_SET_CHILD_SUBREAPER, "PR_SET_CHILD_SUBREAPER", 1);

        // clone3(2) can't be filtered by its arguments, so seccomp profiles refuse it; clone(2) without flags is fork(2).
        LaunchLabel command = DefineLabel();
        LaunchOperation child = Call("clone", LaunchArgument.Named(17, "SIGCHLD"), 0, 0, 0, 0);
        JumpIfEqual(child.Result, 0, command);
        AddInitLoop(child, every);

        Mark(command);
        Call("setpgid", 0, 0);
        if (terminal)
        {
            const int TIOCSPGRP = 0x5410;
            LaunchVariable group = Variable("group");
            Store(group, Call("getpid").Result);
            Call("ioctl", 0, LaunchArgument.Named(TIOCSPGRP, "TIOCSPGRP"), group.Address);
        }

        Call("rt_sigprocmask", setMask, Bytes(stackalloc byte[SignalSetSize], "[]"), 0, SignalSetSize);
    }

    private void AddInitLoop(LaunchOperation child, LaunchArgument every)
    {
        const int PR_SET_NAME = 15;
        const int SIGCHLD = 17;
        const int SIGTTIN = 21;
        const int SIGTTOU = 22;
        LaunchLabel wait = DefineLabel();
        LaunchLabel reap = DefineLabel();
        LaunchLabel killed = DefineLabel();

        // The report pipe among them: its end tells the starter that the command is executed.
        Call("close_range", 0, LaunchArgument.Named(uint.MaxValue, "~0"), 0).TolerateAll();
        Prctl(PR_SET_NAME, "PR_SET_NAME", Text("init"));

        Mark(wait);
        LaunchOperation signal = Call("rt_sigtimedwait", every, 0, 0, SignalSetSize).TolerateAll();
        JumpIfEqual(signal.Result, SIGCHLD, reap);
        JumpIfEqual(signal.Result, LaunchArgument.Named(-(long)Errno.EINTR, "-EINTR"), wait);

        // What the terminal says to a background group is about this process, not about the command.
        JumpIfEqual(signal.Result, SIGTTIN, wait);
        JumpIfEqual(signal.Result, SIGTTOU, wait);
        Call("kill", child.Result, signal.Result).TolerateAll();
        JumpIfEqual(0, 0, wait);

        // The exit status is a 32-bit number, wait(2): bits 0 to 6 are the signal, bits 8 to 15 the exit code.
        Mark(reap);
        LaunchArgument status = Bytes(stackalloc byte[16], "&status");
        LaunchOperation ended = Call("wait4", LaunchArgument.Named(-1, "-1"), status, LaunchArgument.Named(1, "WNOHANG"), 0).TolerateAll();
        JumpIfEqual(ended.Result, 0, wait);
        JumpIfEqual(ended.Result, LaunchArgument.Named(-(long)Errno.ECHILD, "-ECHILD"), wait);
        JumpIfNotEqual(ended.Result, child.Result, reap);
        LaunchOperation endingSignal = And(LaunchArgument.Indirect(status.Value, "status"), 0x7F);
        JumpIfNotEqual(endingSignal.Result, 0, killed);
        LaunchOperation exitCode = And(LaunchArgument.Indirect(status.Value + 1, "status>>8"), 0xFF);
        Call("exit_group", exitCode.Result);
        Mark(killed);
        Call("exit_group", Sum(endingSignal.Result, 128).Result);
    }
}

using System.Buffers.Binary;
using System.Globalization;
using ContainerKit.Linux.Namespaces;

namespace ContainerKit.Linux.Launching;

/// <content>Processes: creation, identity, descriptors, execution.</content>
public sealed partial class LaunchProgramBuilder
{
    private const long CLONE_PARENT = 0x00008000;
    private const long CLONE_PARENT_SETTID = 0x00100000;
    private const long CLONE_INTO_CGROUP = 0x200000000;
    private const int O_WRONLY = 1;
    private const int O_CLOEXEC = 0x80000;

    /// <summary>
    /// Ends the launching process and lets a child go on in new namespaces: clone3(2) with CLONE_PARENT, so that the child is a child of
    /// the program that started the launch (or of its supervisor) and can be waited for there. The launching process reports the child's pid.
    /// </summary>
    /// <param name="namespaces">Namespaces that are new for the child; 0 for none.</param>
    /// <param name="cgroup">Number of an inherited descriptor of a cgroup v2 directory that the child begins in, or null.</param>
    /// <returns>The clone operation.</returns>
    public LaunchOperation ContinueInChild(NamespaceKinds namespaces, int? cgroup = null)
    {
        // struct clone_args, clone(2); exit_signal has to be 0 with CLONE_PARENT and is then that of the launching process, SIGCHLD.
        Span<byte> arguments = stackalloc byte[88];
        arguments.Clear();
        long flags = (long)namespaces | CLONE_PARENT | (cgroup is null ? 0 : CLONE_INTO_CGROUP) | (_childPidAddress == 0 ? 0 : CLONE_PARENT_SETTID);
        BinaryPrimitives.WriteInt64LittleEndian(arguments, flags);
        BinaryPrimitives.WriteInt64LittleEndian(arguments[24..], _childPidAddress);
        BinaryPrimitives.WriteInt64LittleEndian(arguments[80..], cgroup ?? 0);
        string description = (_childPidAddress == 0 ? "" : "CLONE_PARENT_SETTID|") + (namespaces == 0 ? "" : LaunchArgument.Flags(namespaces).Text + "|") + "CLONE_PARENT"
            + (cgroup is null ? "" : $"|CLONE_INTO_CGROUP, cgroup {cgroup}");

        LaunchLabel child = DefineLabel();
        LaunchOperation clone = Call("clone3", Bytes(arguments, "{" + description + "}"), arguments.Length);
        JumpIfEqual(clone.Result, 0, child);
        Report(LaunchReport.Child, clone.Result);
        Call("exit_group", 0);
        Mark(child);
        IsInChild = true;
        return clone;
    }

    /// <summary>True behind a <see cref="ContinueInChild"/>.</summary>
    internal bool IsInChild { get; private set; }

    /// <summary>Tells the starter that <paramref name="number"/> is reached and waits until it answers; ends quietly when it has died.</summary>
    /// <param name="number">From 0; the starter sees it.</param>
    public void Checkpoint(int number) => ReportCheckpoint(LaunchReport.Checkpoint, number);

    /// <summary>As <see cref="Checkpoint"/>, behind a <see cref="ContinueInChild"/>: the starter is told the number together with the child's pid.</summary>
    /// <param name="number">From 0; the starter sees it.</param>
    public void CheckpointInChild(int number) => ReportCheckpoint(LaunchReport.ChildCheckpoint, number);

    private void ReportCheckpoint(LaunchReport kind, int number)
    {
        Report(kind, number);
        LaunchVariable answer = Variable("answer");
        LaunchLabel go = DefineLabel();
        LaunchOperation read = Call("read", LaunchLayout.LifelineDescriptor, answer.Address, 1);
        JumpIfEqual(read.Result, 1, go);
        Call("exit_group", 1);
        Mark(go);
    }

    /// <summary>
    /// Has the kernel kill this process when the thread that started it ends, and ends at once if that has happened already. To be used
    /// after the last change of ids, which clears the signal: PR_SET_PDEATHSIG(2const).
    /// </summary>
    public void DieWithStarter()
    {
        const int SIGKILL = 9;
        Prctl(PR_SET_PDEATHSIG, "PR_SET_PDEATHSIG", SIGKILL);

        // The lifeline's other end is held by the starter alone: a hang-up means that it died before the signal was set.
        Span<byte> poll = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(poll, LaunchLayout.LifelineDescriptor);
        LaunchLabel alive = DefineLabel();
        LaunchOperation hangUp = Call("ppoll", Bytes(poll, "{lifeline}"), 1, Bytes(stackalloc byte[16], "{0, 0}"), 0, 0);
        JumpIfEqual(hangUp.Result, 0, alive);
        Call("exit_group", 1);
        Mark(alive);
    }

    /// <summary>Writes a text to an existing file: open, write, close.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">What is written in one write(2).</param>
    /// <returns>The write operation.</returns>
    public LaunchOperation WriteFile(string path, string text)
    {
        LaunchOperation file = CallAbout(path, "openat", AtWorkingDirectory, Text(path), LaunchArgument.Named(O_WRONLY | O_CLOEXEC, "O_WRONLY|O_CLOEXEC"), 0);
        LaunchOperation write = CallAbout(path, "write", file.Result, Text(text), System.Text.Encoding.UTF8.GetByteCount(text));
        Call("close", file.Result);
        return write;
    }

    /// <summary>Makes <paramref name="source"/> also <paramref name="target"/>, and closes neither; dup3(2).</summary>
    /// <param name="source">A descriptor.</param>
    /// <param name="target">Its new number; kept over execve unless <paramref name="closeOnExec"/>.</param>
    /// <param name="closeOnExec">True: closed by execve.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation Duplicate(LaunchArgument source, int target, bool closeOnExec = false)
        => Call("dup3", source, target, closeOnExec ? LaunchArgument.Named(O_CLOEXEC, "O_CLOEXEC") : 0);

    /// <summary>Closes every descriptor from <paramref name="first"/> on, close_range(2).</summary>
    /// <param name="first">The lowest.</param>
    /// <param name="onExec">True: they stay open until execve.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation CloseFrom(int first, bool onExec)
        => Call("close_range", first, LaunchArgument.Named(uint.MaxValue, "~0"), onExec ? LaunchArgument.Named(4, "CLOSE_RANGE_CLOEXEC") : 0);

    /// <summary>Closes every descriptor that the starter did not pass on purpose: one that some library of the host forgot to mark.</summary>
    /// <param name="inherited">How many descriptors were passed.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation CloseForeignDescriptors(int inherited) => CloseFrom(LaunchLayout.FirstInheritedDescriptor + inherited, onExec: false);

    /// <summary>The number of the n-th descriptor that the starter passes.</summary>
    /// <param name="position">From 0.</param>
    /// <returns>Its number in the new process.</returns>
    public static int InheritedDescriptor(int position) => LaunchLayout.FirstInheritedDescriptor + position;

    /// <summary>Closes what the starter passed, keeping the report pipe and the lifeline.</summary>
    /// <returns>The operation.</returns>
    public LaunchOperation CloseInherited() => CloseFrom(LaunchLayout.FirstInheritedDescriptor, onExec: false);

    /// <summary>Marks everything beyond the standard streams for closing at execve.</summary>
    /// <returns>The operation.</returns>
    public LaunchOperation CloseOnExecute() => CloseFrom(3, onExec: true);

    /// <summary>
    /// Replaces the process by the first of <paramref name="candidates"/> that can be executed, as a shell goes through PATH: what does not
    /// exist is passed over; what may not be executed is remembered and reported (EACCES) if no other can be.
    /// </summary>
    /// <param name="candidates">Paths, tried in order; not empty.</param>
    /// <param name="arguments">argv.</param>
    /// <param name="environment"><c>NAME=value</c> entries.</param>
    /// <param name="name">What the caller asked for; failures name it.</param>
    public void Execute(IReadOnlyList<string> candidates, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, string name)
    {
        LaunchArgument argv = TextArray(arguments, string.Create(CultureInfo.InvariantCulture, $"[{string.Join(", ", arguments.Take(8).Select(Quote))}{(arguments.Count > 8 ? ", …" : "")}]"));
        LaunchArgument envp = TextArray(environment, string.Create(CultureInfo.InvariantCulture, $"[/* {environment.Count} variables */]"));
        if (candidates.Count == 1)
        {
            CallAbout(name, "execve", Text(candidates[0]), argv, envp);
            return;
        }

        LaunchVariable denied = Variable("denied");
        foreach (string candidate in candidates)
        {
            LaunchLabel next = DefineLabel();
            LaunchOperation execute = CallAbout(name, "execve", Text(candidate), argv, envp).Tolerate(Errno.ENOENT, Errno.ENOTDIR, Errno.EACCES);
            JumpIfNotEqual(execute.Result, LaunchArgument.Named(-(long)Errno.EACCES, "-EACCES"), next);
            Store(denied, 1);
            Mark(next);
        }

        LaunchLabel missing = DefineLabel();
        JumpIfEqual(denied.Value, 0, missing);
        Fail(Errno.EACCES, name, "execve");
        Mark(missing);
        Fail(Errno.ENOENT, name, "execve");
    }

    /// <summary>An array of strings that ends with a null pointer.</summary>
    internal LaunchArgument TextArray(IReadOnlyList<string> values, string description)
    {
        byte[] pointers = new byte[(values.Count + 1) * 8];
        for (int i = 0; i < values.Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(pointers.AsSpan(i * 8), Place(values[i]));
        }

        return Bytes(pointers, description);
    }

    /// <summary>Sends {kind, value} through the report pipe.</summary>
    internal void Report(LaunchReport kind, LaunchArgument value)
    {
        // One 16-byte write: reports of the launching process and of its child never mix (pipe(7), PIPE_BUF).
        Span<byte> message = stackalloc byte[16];
        message.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(message, (long)kind);
        LaunchArgument cell = Bytes(message, $"{{{kind}, {value.Text}}}");
        Store64At(LaunchArgument.Address(cell.Value + 8, "&report"), value);
        Call("write", LaunchLayout.ReportDescriptor, cell, 16);
    }

    private LaunchOperation Store64At(LaunchArgument address, LaunchArgument value) => Add((int)LaunchControl.Store64, "store", [address, value]);
}

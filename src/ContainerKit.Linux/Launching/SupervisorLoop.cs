using System.Buffers.Binary;

namespace ContainerKit.Linux.Launching;

/// <summary>The operations of a supervisor: a loop of poll, read, write and wait. It needs no stack, and of memory one buffer.</summary>
/// <remarks>Every call is tolerated to fail: a full disk or a strange descriptor must not end the container.</remarks>
internal sealed class SupervisorLoop
{
    internal const long RecordAddress = 0x20000000;

    private const long BufferAddress = 0x21000000;
    private const int SignalSetSize = 8;

    /// <summary>
    /// After the end of the first process, everything that is in the pipes is taken: at most a MiB each (/proc/sys/fs/pipe-max-size). Whoever
    /// still has them open, in a pid namespace of others, would otherwise keep the container from ending.
    /// </summary>
    private const int DrainingRounds = 64;

    private readonly LaunchProgramBuilder _program;
    private readonly SupervisorPlan _plan;
    private readonly LaunchArgument _pollTable;
    private readonly LaunchVariable _progress;
    private readonly LaunchVariable _draining;
    private readonly LaunchVariable _rounds;
    private readonly LaunchVariable _size;

    internal SupervisorLoop(LaunchProgramBuilder program, SupervisorPlan plan)
    {
        (_program, _plan) = (program, plan);
        _progress = program.Variable("progress");
        _draining = program.Variable("draining");
        _rounds = program.Variable("rounds", DrainingRounds);
        _size = LaunchProgramBuilder.VariableAt(RecordAddress + SupervisionRecord.LogLengthOffset, "size");

        // struct pollfd, poll(2): descriptor, POLLIN. The signals come last; a negative descriptor is passed over.
        Span<byte> table = stackalloc byte[24];
        table.Clear();
        for (int i = 0; i < 3; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(table[(i * 8)..], i < 2 ? Descriptor(1 + i) : -1);
            BinaryPrimitives.WriteInt16LittleEndian(table[((i * 8) + 4)..], 1);
        }

        _pollTable = program.Bytes(table, "{stdout, stderr, signals}");
    }

    internal void Add()
    {
        const int SIGCHLD = 17;
        _program.Stage("supervisor");
        _program.Call(
            "mmap", RecordAddress, SupervisionRecord.Length, LaunchArgument.Named(3, "PROT_READ|PROT_WRITE"), LaunchArgument.Named(0x11, "MAP_SHARED|MAP_FIXED"), Descriptor(0), 0);
        Store(SupervisionRecord.SupervisorPidOffset, _program.Call("getpid").Result);
        ReadClock(RecordAddress + SupervisionRecord.StartedAtOffset);
        _program.Store(_size, _plan.Log?.Length ?? 0);
        Store(SupervisionRecord.LogStartOffset, _plan.Log?.Length ?? 0);

        // What a terminal sends to the group of the starter is not for this process.
        _program.Call("setsid").TolerateAll();
        LaunchArgument setMask = LaunchArgument.Named(2, "SIG_SETMASK");
        _program.Call("rt_sigprocmask", setMask, _program.Bytes([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], "~[]"), 0, SignalSetSize);
        LaunchLabel launch = _program.DefineLabel();
        LaunchOperation launcher = _program.Call("clone", LaunchArgument.Named(SIGCHLD, "SIGCHLD"), 0, 0, 0, 0);
        _program.JumpIfEqual(launcher.Result, 0, launch);
        LaunchOperation signals = Prepare();
        Run(signals);
        _program.Mark(launch);
        _program.Call("rt_sigprocmask", setMask, _program.Bytes(stackalloc byte[SignalSetSize], "[]"), 0, SignalSetSize);
    }

    private LaunchOperation Prepare()
    {
        const int PR_SET_NAME = 15;
        const int F_SETFL = 4;
        const int O_NONBLOCK = 0x800;

        // The starter waits for the end of the reports, and takes a pidfd of the container's process before it lets go of the lifeline: until then
        // that process is not reaped, so its number stays its own.
        _program.Call("close", LaunchLayout.ReportDescriptor).TolerateAll();
        Span<byte> lifeline = stackalloc byte[8];
        lifeline.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(lifeline, LaunchLayout.LifelineDescriptor);
        _program.Call("ppoll", _program.Bytes(lifeline, "{lifeline}"), 1, 0, 0, SignalSetSize).TolerateAll();
        _program.Call("close", LaunchLayout.LifelineDescriptor).TolerateAll();
        if (_plan.FirstDescriptor > 0)
        {
            _program.Call("close_range", LaunchLayout.FirstInheritedDescriptor, Descriptor(0) - 1, 0).TolerateAll();
        }

        _program.Call("close_range", Descriptor(_plan.DescriptorCount), LaunchArgument.Named(uint.MaxValue, "~0"), 0).TolerateAll();

        // The ends that the container writes to.
        _program.Duplicate(0, 1).TolerateAll();
        _program.Duplicate(0, 2).TolerateAll();
        _program.ChangeDirectory("/").TolerateAll();
        _program.Call("prctl", LaunchArgument.Named(PR_SET_NAME, "PR_SET_NAME"), _program.Text("ck-supervisor"), 0, 0, 0).TolerateAll();
        LaunchOperation signals = _program.Call(
            "signalfd4", -1, _program.Bytes([0, 0, 1, 0, 0, 0, 0, 0], "[SIGCHLD]"), SignalSetSize, LaunchArgument.Named(0x80800, "SFD_NONBLOCK|SFD_CLOEXEC")).TolerateAll();
        _program.Store32(At(_pollTable, 16), signals.Result);
        _program.Call(
            "mmap", BufferAddress, 1 << 16, LaunchArgument.Named(3, "PROT_READ|PROT_WRITE"), LaunchArgument.Named(0x32, "MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS"), -1, 0).TolerateAll();
        foreach (int stream in (int[])[1, 2])
        {
            _program.Call("fcntl", Descriptor(stream), LaunchArgument.Named(F_SETFL, "F_SETFL"), LaunchArgument.Named(O_NONBLOCK, "O_NONBLOCK")).TolerateAll();
        }

        if (_plan.Log is not null)
        {
            WriteFrame(0, 0);
        }

        return signals;
    }

    private void Run(LaunchOperation signals)
    {
        LaunchLabel wait = _program.DefineLabel();
        LaunchLabel round = _program.DefineLabel();
        LaunchLabel children = _program.DefineLabel();
        LaunchLabel drain = _program.DefineLabel();
        LaunchLabel finish = _program.DefineLabel();

        _program.Mark(wait);
        _program.Call("ppoll", _pollTable, 3, 0, 0, SignalSetSize).TolerateAll();
        _program.Mark(round);
        _program.Store(_progress, 0);
        Copy(1);
        Copy(2);
        if (_plan.Log is { MaximumSize: { } maximum } log)
        {
            Rotate(log, maximum);
        }

        _program.JumpIfEqual(_draining.Value, 0, children);
        _program.JumpIfEqual(_progress.Value, 0, finish);
        _program.Store(_rounds, _program.Sum(_rounds.Value, -1).Result);
        _program.JumpIfNotEqual(_rounds.Value, 0, round);
        Jump(finish);

        _program.Mark(children);
        _program.Call("read", signals.Result, _program.Bytes(stackalloc byte[128], "&signal"), 128).TolerateAll();
        Reap(wait, drain);

        _program.Mark(drain);
        _program.Store(_draining, 1);
        Jump(round);

        _program.Mark(finish);
        if (_plan.Log is not null)
        {
            WriteFrame(0, 0);
        }

        Store(SupervisionRecord.IsCompleteOffset, 1);
        _program.Call("exit_group", 0);
    }

    /// <summary>Its children are the launching process, which ends soon, and the container's first process.</summary>
    private void Reap(LaunchLabel wait, LaunchLabel drain)
    {
        LaunchLabel next = _program.DefineLabel();
        LaunchArgument status = _program.Bytes(stackalloc byte[16], "&status");
        _program.Mark(next);
        LaunchOperation ended = _program.Call("wait4", LaunchArgument.Named(-1, "-1"), status, LaunchArgument.Named(1, "WNOHANG"), 0).TolerateAll();
        _program.JumpIfEqual(ended.Result, 0, wait);
        _program.JumpIfEqual(ended.Result, Minus(Errno.ECHILD), drain);
        _program.JumpIfNotEqual(ended.Result, LaunchArgument.Indirect(RecordAddress + SupervisionRecord.ContainerPidOffset, "container"), next);
        Store(SupervisionRecord.StatusOffset, LaunchArgument.Indirect(status.Value, "status"));
        ReadClock(RecordAddress + SupervisionRecord.FinishedAtOffset);
        if (_plan.OutOfMemoryFile is { } path)
        {
            LaunchOperation file = _program.Call("openat", LaunchArgument.Named(-100, "AT_FDCWD"), _program.Text(path), LaunchArgument.Named(0x80000, "O_RDONLY|O_CLOEXEC"), 0).TolerateAll();
            _program.Call("read", file.Result, RecordAddress + SupervisionRecord.OutOfMemoryOffset, SupervisionRecord.OutOfMemoryLength).TolerateAll();
            _program.Call("close", file.Result).TolerateAll();
        }

        // Last: whoever sees it finds the rest complete.
        Store(SupervisionRecord.HasEndedOffset, 1);
        Jump(drain);
    }

    private void Copy(int stream)
    {
        LaunchLabel ended = _program.DefineLabel();
        LaunchLabel done = _program.DefineLabel();
        LaunchOperation read = _program.Call("read", Descriptor(stream), BufferAddress + SupervisedLog.HeaderLength, SupervisedLog.MaximumData).TolerateAll();
        _program.JumpIfEqual(read.Result, Minus(Errno.EAGAIN), done);
        _program.JumpIfEqual(read.Result, 0, ended);
        _program.JumpIfNotEqual(IsNegative(read.Result), 0, ended);
        if (_plan.Log is not null)
        {
            WriteFrame(stream, read.Result);
        }

        _program.Store(_progress, 1);
        Jump(done);

        // A pipe at its end is ready for ever.
        _program.Mark(ended);
        _program.Store32(At(_pollTable, (stream - 1) * 8), -1);
        _program.Mark(done);
    }

    private void WriteFrame(int stream, LaunchArgument length)
    {
        LaunchLabel whole = _program.DefineLabel();
        LaunchLabel done = _program.DefineLabel();
        _program.Store32(BufferAddress, SupervisedLog.Magic | stream);
        _program.Store32(BufferAddress + 4, length);
        ReadClock(BufferAddress + 8);
        LaunchOperation total = _program.Sum(length, SupervisedLog.HeaderLength);
        LaunchOperation write = _program.Call("pwrite64", Descriptor(3), BufferAddress, total.Result, _size.Value).TolerateAll();
        _program.JumpIfEqual(write.Result, total.Result, whole);

        // The disk is full: half a frame would spoil those that come later.
        _program.Call("ftruncate", Descriptor(3), _size.Value).TolerateAll();
        Jump(done);
        _program.Mark(whole);
        _program.Store(_size, _program.Sum(_size.Value, total.Result).Result);
        _program.Mark(done);
    }

    private void Rotate(SupervisedLog log, long maximum)
    {
        LaunchLabel done = _program.DefineLabel();
        _program.JumpIfNotEqual(IsNegative(_program.Sum(_size.Value, -maximum).Result), 0, done);
        if (log.MaximumFiles == 1)
        {
            _program.Call("unlinkat", Descriptor(4), _program.Text(log.Name), 0).TolerateAll();
        }

        for (int index = log.MaximumFiles - 1; index > 0; index--)
        {
            string from = index == 1 ? log.Name : $"{log.Name}.{index - 1}";
            _program.Call("renameat", Descriptor(4), _program.Text(from), Descriptor(4), _program.Text($"{log.Name}.{index}")).TolerateAll();
        }

        LaunchArgument flags = LaunchArgument.Named(0x80041, "O_WRONLY|O_CREAT|O_CLOEXEC");
        LaunchOperation file = _program.Call("openat", Descriptor(4), _program.Text(log.Name), flags, LaunchArgument.Named(0x1A0, "0640")).TolerateAll();
        _program.JumpIfNotEqual(IsNegative(file.Result), 0, done);
        _program.Duplicate(file.Result, Descriptor(3)).TolerateAll();
        _program.Call("close", file.Result).TolerateAll();
        _program.Store(_size, 0);
        _program.Mark(done);
    }

    private int Descriptor(int index) => LaunchProgramBuilder.InheritedDescriptor(_plan.FirstDescriptor + index);

    private void Store(int offset, LaunchArgument value) => _program.Store(LaunchProgramBuilder.VariableAt(RecordAddress + offset, "record+" + offset), value);

    private void ReadClock(long address) => _program.Call("clock_gettime", LaunchArgument.Named(0, "CLOCK_REALTIME"), address).TolerateAll();

    private LaunchArgument IsNegative(LaunchArgument value) => _program.And(value, long.MinValue).Result;

    private void Jump(LaunchLabel target) => _program.JumpIfEqual(0, 0, target);

    private static LaunchArgument At(LaunchArgument table, int offset) => LaunchArgument.Address(table.Value + offset, "&poll+" + offset);

    private static LaunchArgument Minus(Errno errno) => LaunchArgument.Named(-(long)errno, "-" + errno);
}

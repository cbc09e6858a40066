using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Launching;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Linux.Namespaces;

/// <summary>
/// Makes single system calls as root of a user namespace, on descriptors of this process: what this process may not do to files of mapped
/// owners, that root may. Blocking, for as long as the call takes; calls of several threads take turns.
/// </summary>
/// <remarks>
/// The calls are made by a child that is a launch program. It gets descriptors through a socket (SCM_RIGHTS), because it may not look into
/// this process, and what it opens is taken from it by pidfd_getfd(2), because the namespace is ours. It ends with this object or process.
/// </remarks>
public sealed class NamespaceCaller : IDisposable
{
    /// <summary>The numbers that the descriptors of a call have in the child.</summary>
    internal const int First = 1000;
    internal const int Second = 1001;

    private const long BatchAddress = 0x20000000;
    private const int TableSize = 16 * 1024;
    private const int MemorySize = 512 * 1024;
    private const int CloseOnExec = 0x80000;
    private const int RightsOffset = 16; // after struct cmsghdr
    private const int RightsSize = 40;

    private readonly Lock _sync = new();
    private readonly LaunchSession _session;
    private readonly PidFd _process;
    private readonly SafeFileHandle _memory;
    private readonly FileDescriptor _socket;
    private readonly Loop _loop;

    private NamespaceCaller(LaunchSession session, PidFd process, SafeFileHandle memory, FileDescriptor socket, Loop loop)
    {
        _session = session;
        _process = process;
        _memory = memory;
        _socket = socket;
        _loop = loop;
    }

    /// <summary>The child's id; it is not reaped before this object is disposed.</summary>
    internal int Pid => _session.SpawnedPid;

    /// <summary>The first descriptor by path, for calls that take no descriptor.</summary>
    internal static ReadOnlySpan<byte> FirstPath => "/proc/self/fd/1000"u8;

    /// <summary>Starts the child.</summary>
    /// <param name="userNamespace">The namespace; stays owned by the caller.</param>
    /// <returns>The caller; to be disposed.</returns>
    /// <exception cref="IOException">The child could not be started.</exception>
    public static async Task<NamespaceCaller> StartAsync(UserNamespace userNamespace)
    {
        ArgumentNullException.ThrowIfNull(userNamespace);
        SafeFileHandle memory = new(LinuxException.ThrowIfFailed(LibC.memfd_create("containerkit-calls", LibC.MfdCloexec), "memfd_create"), ownsHandle: true);
        FileDescriptor? local = null;
        LaunchSession? session = null;
        PidFd? process = null;
        try
        {
            RandomAccess.SetLength(memory, MemorySize);
            (local, FileDescriptor remote) = SocketPair();
            using (remote)
            {
                LaunchProgram program = Program(userNamespace.Map.IsSingle, out Loop loop);
                session = await LaunchSession.StartAsync(program, new LaunchDescriptors { Inherited = [userNamespace.Handle, memory, remote] }).ConfigureAwait(false);
                process = PidFd.Open(session.SpawnedPid);
                (LaunchReport kind, long value) = await session.ReadReportAsync().ConfigureAwait(false);
                if (kind != LaunchReport.Checkpoint)
                {
                    throw session.Failure((long)kind, value);
                }

                await SpawnThread.LeaveAsync().ConfigureAwait(false);

                return new NamespaceCaller(session, process, memory, local, loop);
            }
        }
        catch
        {
            local?.Dispose();
            memory.Dispose();
            if (session is not null)
            {
                await session.DisposeAsync().ConfigureAwait(false);
            }

            if (process is not null)
            {
                process.SendSignal(9);
                await process.WaitAsync(CancellationToken.None).ConfigureAwait(false);
                process.Dispose();
            }

            throw;
        }
    }

    /// <summary>Ends the child.</summary>
    public void Dispose()
    {
        // The end of the socket is the end of its loop; the wait reaps it.
        _socket.Dispose();
        _process.SendSignal(9);
        _ = _process.WaitAsync(CancellationToken.None);
        _process.Dispose();
        _memory.Dispose();
        _ = _session.DisposeAsync().AsTask();
    }

    /// <summary>Makes a call.</summary>
    /// <param name="name">The call.</param>
    /// <param name="first">What <see cref="First"/> stands for.</param>
    /// <param name="second">What <see cref="Second"/> stands for; null for nothing.</param>
    /// <param name="arguments">The arguments; at most one of them is the output.</param>
    /// <param name="output">Gets what the call wrote.</param>
    /// <returns>The call's result, or minus errno.</returns>
    internal long Call(string name, SafeHandle first, SafeHandle? second, ReadOnlySpan<NamespaceArgument> arguments, Span<byte> output = default)
    {
        lock (_sync)
        {
            return CallLocked(name, first, second, arguments, output);
        }
    }

    /// <summary>Makes a call whose result is a descriptor, and takes that.</summary>
    /// <returns>The descriptor, close-on-exec, owned by the caller; or null and what is wrong.</returns>
    internal SafeFileHandle? Open(string name, SafeHandle first, ReadOnlySpan<NamespaceArgument> arguments, out Errno error)
    {
        lock (_sync)
        {
            long result = CallLocked(name, first, null, arguments, default);
            error = result < 0 ? (Errno)(-result) : Errno.None;
            if (result < 0)
            {
                return null;
            }

            try
            {
                int taken = LinuxException.ThrowIfFailed(LibC.pidfd_getfd(_process, (int)result), "pidfd_getfd");
                return new SafeFileHandle(taken, ownsHandle: true);
            }
            finally
            {
                // At once: a program that is still open for writing somewhere can't be executed (ETXTBSY).
                CallLocked("close", first, null, [result], default);
            }
        }
    }

    private long CallLocked(string name, SafeHandle first, SafeHandle? second, ReadOnlySpan<NamespaceArgument> arguments, Span<byte> output)
    {
        LaunchProgramBuilder batch = new(RuntimeInformation.ProcessArchitecture, BatchAddress, BatchAddress + TableSize);
        for (int i = 0; i < (second is null ? 1 : 2); i++)
        {
            batch.Call("dup3", Received(i), First + i, CloseOnExec).TolerateAll();
            batch.Call("close", Received(i)).TolerateAll();
        }

        long outputAddress = output.IsEmpty ? 0 : batch.Bytes(new byte[output.Length], "output").Value;
        var values = new LaunchArgument[arguments.Length];
        for (int i = 0; i < arguments.Length; i++)
        {
            values[i] = arguments[i].Kind switch
            {
                NamespaceArgumentKind.Bytes => batch.Bytes(arguments[i].Content, "bytes"),
                NamespaceArgumentKind.Output => outputAddress,
                _ => arguments[i].Value,
            };
        }

        LaunchOperation call = batch.Call(name, values).TolerateAll();
        for (int i = 0; i < (second is null ? 1 : 2); i++)
        {
            batch.Call("close", First + i).TolerateAll();
        }

        batch.Call("write", LaunchProgramBuilder.InheritedDescriptor(2), batch.Bytes([1], "{1}"), 1);
        batch.JumpToAddress(_loop.Address);
        LaunchProgram program = batch.Build();
        if (program.Table.Length > TableSize || program.Data.Length > MemorySize - TableSize)
        {
            return -(long)Errno.E2BIG;
        }

        RandomAccess.Write(_memory, program.Table, 0);
        RandomAccess.Write(_memory, program.Data, TableSize);
        Send(first, second);
        Receive();
        Span<byte> result = stackalloc byte[8];
        RandomAccess.Read(_memory, result, LaunchLayout.HeaderSize + ((long)call.Index * LaunchLayout.OperationSize) + LaunchLayout.ResultOffset);
        if (!output.IsEmpty)
        {
            RandomAccess.Read(_memory, output, outputAddress - BatchAddress);
        }

        return BinaryPrimitives.ReadInt64LittleEndian(result);
    }

    /// <summary>A descriptor that came with the message. The upper half of what is loaded is not its own, and no call looks at it.</summary>
    private LaunchArgument Received(int index) => LaunchProgramBuilder.VariableAt(_loop.RightsAddress + RightsOffset + (4 * index), $"received{index}").Value;

    private unsafe void Send(SafeHandle first, SafeHandle? second)
    {
        bool firstAdded = false;
        bool secondAdded = false;
        try
        {
            first.DangerousAddRef(ref firstAdded);
            second?.DangerousAddRef(ref secondAdded);
            long* control = stackalloc long[3];
            control[0] = second is null ? 20 : 24;
            ((int*)control)[2] = LibC.SolSocket;
            ((int*)control)[3] = LibC.ScmRights;
            ((int*)control)[4] = (int)first.DangerousGetHandle();
            ((int*)control)[5] = second is null ? 0 : (int)second.DangerousGetHandle();
            byte go = 1;
            var vector = new LibC.IoVec { Base = &go, Length = 1 };
            var message = new LibC.MsgHdr { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = (nuint)(second is null ? 20 : 24) };
            LinuxException.ThrowIfFailed(LibC.sendmsg(_socket, &message, LibC.MsgNoSignal), "sendmsg");
        }
        finally
        {
            if (firstAdded)
            {
                first.DangerousRelease();
            }

            if (secondAdded)
            {
                second!.DangerousRelease();
            }
        }
    }

    private unsafe void Receive()
    {
        byte answer;
        nint length;
        do
        {
            length = LibC.read(_socket, &answer, 1);
        }
        while (length < 0 && (Errno)Marshal.GetLastPInvokeError() == Errno.EINTR);
        if (length != 1)
        {
            throw new IOException("The process that acts on files in the user namespace has ended; was it killed?");
        }
    }

    private static unsafe (FileDescriptor Local, FileDescriptor Remote) SocketPair()
    {
        int* ends = stackalloc int[2];
        LinuxException.ThrowIfFailed(LibC.socketpair(LibC.AfUnix, LibC.SockSeqPacket | LibC.SockCloExec, 0, ends), "socketpair");
        return (new FileDescriptor(ends[0], ownsDescriptor: true), new FileDescriptor(ends[1], ownsDescriptor: true));
    }

    private static LaunchProgram Program(bool isSingle, out Loop loop)
    {
        LaunchProgramBuilder builder = new();
        builder.Stage("calls in a user namespace").CloseForeignDescriptors(3);
        builder.JoinNamespaces(LaunchProgramBuilder.InheritedDescriptor(0), NamespaceKinds.CLONE_NEWUSER);
        builder.SetIds(0, 0, isSingle ? null : []);
        builder.SetFileModeMask(0);
        const int ProtReadWrite = 3;
        const int MapSharedFixed = 0x11;
        builder.Call("mmap", BatchAddress, MemorySize, LaunchArgument.Named(ProtReadWrite, "PROT_READ|PROT_WRITE"), LaunchArgument.Named(MapSharedFixed, "MAP_SHARED|MAP_FIXED"), LaunchProgramBuilder.InheritedDescriptor(1), 0);
        builder.Call("close", LaunchProgramBuilder.InheritedDescriptor(0));
        builder.Call("close", LaunchProgramBuilder.InheritedDescriptor(1));
        builder.ChangeDirectory("/");
        builder.DieWithStarter();
        builder.Report(LaunchReport.Checkpoint, 0);

        long rights = builder.Bytes(new byte[RightsSize], "rights").Value;
        Span<byte> vector = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(vector, builder.Bytes(new byte[8], "byte").Value);
        BinaryPrimitives.WriteInt64LittleEndian(vector[8..], 1);
        Span<byte> message = stackalloc byte[56]; // struct msghdr
        message.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(message[16..], builder.Place(vector));
        BinaryPrimitives.WriteInt64LittleEndian(message[24..], 1);
        BinaryPrimitives.WriteInt64LittleEndian(message[32..], rights);
        LaunchArgument header = builder.Bytes(message, "{rights}");

        loop = new Loop(builder.NextAddress, rights);

        // recvmsg(2) changes it to what came.
        builder.Store(LaunchProgramBuilder.VariableAt(header.Value + 40, "msg_controllen"), RightsSize);
        LaunchLabel end = builder.DefineLabel();
        LaunchOperation received = builder.Call("recvmsg", LaunchProgramBuilder.InheritedDescriptor(2), header, LaunchArgument.Named(LibC.MsgCmsgCloExec, "MSG_CMSG_CLOEXEC")).TolerateAll();
        builder.JumpIfNotEqual(received.Result, 1, end);
        builder.JumpToAddress(LaunchLayout.OperationAddress(BatchAddress, 0));
        builder.Mark(end);
        builder.Call("exit_group", 0);
        return builder.Build();
    }

    /// <summary>Where the child's loop begins, and where it puts the descriptors that come.</summary>
    private readonly record struct Loop(long Address, long RightsAddress);
}

using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Launching;

namespace ContainerKit.Linux.Namespaces;

/// <summary>
/// A user namespace in which this process's user is root, held by a child that also acts on files as root of that namespace. It lives as
/// long as this object, and ends with this process however that ends.
/// </summary>
/// <remarks>
/// The child is a launch program too. After its set-up it waits for batches: operations that this process writes into memory that both
/// share, and whose results it reads back from there. So files of mapped owners can be dealt with without a helper program.
/// </remarks>
public sealed class UserNamespace : IAsyncDisposable
{
    private const int RunBatch = 2;

    private readonly LaunchSession _session;
    private readonly LaunchMemory _memory;
    private readonly PidFd _process;
    private readonly long _loopAddress;
    private readonly SemaphoreSlim _turn = new(1);

    private UserNamespace(LaunchSession session, LaunchMemory memory, PidFd process, IdMap map, NamespaceFd handle, long loopAddress)
    {
        _session = session;
        _memory = memory;
        _process = process;
        _loopAddress = loopAddress;
        Map = map;
        Handle = handle;
    }

    /// <summary>The ids that exist inside.</summary>
    public IdMap Map { get; }

    /// <summary>The namespace, for setns(2); owned by this object.</summary>
    public NamespaceFd Handle { get; }

    /// <summary>Makes a user namespace with all ids that this user may map.</summary>
    /// <returns>The namespace; to be disposed.</returns>
    /// <exception cref="LaunchException">The kernel or its configuration forbids user namespaces to this user (EPERM, ENOSPC).</exception>
    /// <exception cref="IOException">newuidmap(1) or newgidmap(1) failed; its message is included.</exception>
    public static Task<UserNamespace> CreateAsync() => CreateAsync(IdMapper.MapAsync);

    /// <summary>Makes a user namespace whose ids are a range of the host's; needs root.</summary>
    /// <param name="range">The ids, of users and of groups.</param>
    /// <returns>The namespace; to be disposed.</returns>
    /// <exception cref="LaunchException">The kernel or its configuration forbids user namespaces (EPERM, ENOSPC).</exception>
    /// <exception cref="LinuxException">The range can't be mapped: EPERM without root, EINVAL for one that the kernel does not take.</exception>
    public static Task<UserNamespace> CreateAsync(IdRange range) => CreateAsync(pid => Task.FromResult(IdMapper.MapRange(pid, range)));

    private static async Task<UserNamespace> CreateAsync(Func<int, Task<IdMap>> mapAsync)
    {
        LaunchMemory memory = new();
        LaunchSession? session = null;
        PidFd? process = null;
        try
        {
            LaunchProgram program = Program(out long loopAddress);
            session = await LaunchSession.StartAsync(program, new LaunchDescriptors { Inherited = [memory.Descriptor] }).ConfigureAwait(false);
            process = PidFd.Open(session.SpawnedPid);
            await ExpectAsync(session).ConfigureAwait(false);
            IdMap map = await mapAsync(session.SpawnedPid).ConfigureAwait(false);
            byte[] setGroups = [map.IsSingle ? (byte)0 : (byte)1];
            memory.Write(setGroups);
            session.Answer();
            await ExpectAsync(session).ConfigureAwait(false);
            return new UserNamespace(session, memory, process, map, NamespaceFd.Open(session.SpawnedPid, "user"), loopAddress);
        }
        catch
        {
            if (session is not null)
            {
                await EndAsync(session, process).ConfigureAwait(false);
            }

            memory.Dispose();
            throw;
        }
    }

    /// <summary>Gives files to other owners, in order; each path is resolved below <paramref name="root"/> and through no symbolic link.</summary>
    /// <param name="root">A directory that belongs to this user.</param>
    /// <param name="changes">What to change.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>A task.</returns>
    /// <exception cref="LinuxException">A change failed; those before it are made.</exception>
    public async Task ChangeOwnersAsync(string root, IReadOnlyList<OwnerChange> changes, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        ArgumentNullException.ThrowIfNull(changes);
        for (int done = 0; done < changes.Count;)
        {
            LaunchProgramBuilder batch = LaunchMemory.CreateBuilder();
            OwnerChangeBatch owners = new(batch, root);
            while (done < changes.Count && owners.HasRoom)
            {
                owners.Add(changes[done++]);
            }

            owners.End();
            await RunAsync(batch, owners.Check, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the child; containers in the namespace keep it alive as long as they run.</summary>
    /// <returns>A task.</returns>
    public async ValueTask DisposeAsync()
    {
        Handle.Dispose();
        await EndAsync(_session, _process).ConfigureAwait(false);
        _memory.Dispose();
        _turn.Dispose();
    }

    private static async Task EndAsync(LaunchSession session, PidFd? process)
    {
        // The child reads the lifeline: its end is the child's end.
        await session.DisposeAsync().ConfigureAwait(false);
        using (process)
        {
            if (process is not null)
            {
                process.SendSignal(9);
                await process.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private static async Task ExpectAsync(LaunchSession session)
    {
        (LaunchReport kind, long value) = await session.ReadReportAsync().ConfigureAwait(false);
        if (kind != LaunchReport.Checkpoint)
        {
            throw kind == LaunchReport.None
                ? new IOException("The process that holds the user namespace has ended; was it killed?")
                : session.Failure((long)kind, value);
        }
    }

    private static LaunchProgram Program(out long loopAddress)
    {
        LaunchProgramBuilder builder = new();
        builder.Stage("user namespace").CloseForeignDescriptors(1);
        builder.Call("unshare", LaunchArgument.Flags(NamespaceKinds.CLONE_NEWUSER));
        builder.Checkpoint(0);
        LaunchMemory.Map(builder, 0);
        builder.CloseInherited();

        // The first byte of the shared memory tells whether groups can be set: they can't where setgroups is denied.
        LaunchVariable mayChangeGroups = LaunchProgramBuilder.VariableAt(LaunchMemory.Start, "may_set_groups");
        LaunchLabel keepGroups = builder.DefineLabel();
        builder.JumpIfEqual(mayChangeGroups.Value, 0, keepGroups);
        builder.Call("setgroups", 0, 0);
        builder.Mark(keepGroups);
        builder.SetIds(0, 0, null);
        builder.Call("umask", 0);
        builder.ChangeDirectory("/");
        builder.DieWithStarter();
        builder.Report(LaunchReport.Checkpoint, 1);

        loopAddress = builder.NextAddress;
        LaunchVariable command = builder.Variable("command");
        LaunchLabel end = builder.DefineLabel();
        LaunchOperation read = builder.Call("read", LaunchLayout.LifelineDescriptor, command.Address, 1);
        builder.JumpIfNotEqual(read.Result, 1, end);
        builder.JumpToAddress(LaunchMemory.FirstOperation);
        builder.Mark(end);
        builder.Call("exit_group", 0);
        return builder.Build();
    }

    private async Task RunAsync(LaunchProgramBuilder batch, Action<Func<int, long>> check, CancellationToken cancellationToken)
    {
        batch.Report(LaunchReport.Checkpoint, RunBatch);
        batch.JumpToAddress(_loopAddress);
        LaunchProgram program = batch.Build();
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _memory.Write(program);
            _session.Answer();

            // Not cancellable: the batch is in the other process's hands.
            await ExpectAsync(_session).ConfigureAwait(false);
            byte[] table = _memory.ReadTable(program);
            check(index => BitConverter.ToInt64(table, LaunchLayout.HeaderSize + (index * LaunchLayout.OperationSize) + LaunchLayout.ResultOffset));
        }
        finally
        {
            _turn.Release();
        }
    }
}

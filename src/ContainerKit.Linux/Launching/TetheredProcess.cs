using System.Buffers.Binary;
using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Launching;

/// <summary>A program of the machine that ends with this object or with this process, however that ends.</summary>
/// <remarks>
/// Its parent is a launch program that waits for two things: the end of a pipe that this process holds, and that of the program. A
/// parent-death signal alone would not do: the kernel clears it where a program changes its ids.
/// </remarks>
public sealed class TetheredProcess : IAsyncDisposable
{
    private const int SIGKILL = 9;

    private readonly PidFd _keeper;
    private readonly FileDescriptor _tether;

    private TetheredProcess(PidFd keeper, FileDescriptor tether) => (_keeper, _tether) = (keeper, tether);

    /// <summary>Starts a program.</summary>
    /// <param name="candidates">Paths of which the first that exists is executed.</param>
    /// <param name="arguments">argv.</param>
    /// <param name="environment"><c>NAME=value</c> entries.</param>
    /// <param name="output">What it gets as standard output; stays owned by the caller. Null for none.</param>
    /// <param name="errors">What it gets as standard error; stays owned by the caller. Null for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The running program; to be disposed.</returns>
    /// <exception cref="LaunchException">There is no such program (ENOENT), or it can't be executed.</exception>
    /// <exception cref="LinuxException">No memory, descriptors or processes are left.</exception>
    public static async Task<TetheredProcess> StartAsync(
        IReadOnlyList<string> candidates,
        IReadOnlyList<string> arguments,
        IReadOnlyList<string> environment,
        FileDescriptor? output,
        FileDescriptor? errors,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(environment);
        PipeEnds tether = PipeEnds.Create();
        try
        {
            LaunchDescriptors descriptors = new() { StandardOutput = output, StandardError = errors, Inherited = [tether.Read] };
            LaunchProgram program = Program(candidates, arguments, environment);
            LaunchedProcess keeper = await ProcessLauncher.StartAsync(program, descriptors, cancellationToken: cancellationToken).ConfigureAwait(false);
            tether.Read.Dispose();
            return new TetheredProcess(keeper.Handle, tether.Write);
        }
        catch
        {
            tether.Dispose();
            throw;
        }
    }

    /// <summary>Completes when the program has ended.</summary>
    /// <param name="cancellationToken">Gives up waiting; the program goes on.</param>
    /// <returns>A task.</returns>
    public Task WaitAsync(CancellationToken cancellationToken = default) => _keeper.WaitAsync(cancellationToken);

    /// <summary>Kills the program and waits for its end.</summary>
    /// <returns>A task.</returns>
    public async ValueTask DisposeAsync()
    {
        _tether.Dispose();
        using (_keeper)
        {
            await _keeper.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static LaunchProgram Program(IReadOnlyList<string> candidates, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        const int SIGCHLD = 17;
        const int SignalSetSize = 8;
        int tether = LaunchProgramBuilder.InheritedDescriptor(0);
        LaunchProgramBuilder builder = new();
        builder.Stage("tethered program").CloseForeignDescriptors(1);
        LaunchLabel execute = builder.DefineLabel();

        // What a terminal sends to the group of the starter is not for them.
        builder.BecomeSessionLeader();
        LaunchOperation child = builder.Call("clone", LaunchArgument.Named(SIGCHLD, "SIGCHLD"), 0, 0, 0, 0);
        builder.JumpIfEqual(child.Result, 0, execute);

        // The end of the report pipe tells the starter that the program runs.
        builder.Call("close", LaunchLayout.ReportDescriptor).TolerateAll();
        builder.Call("close", LaunchLayout.LifelineDescriptor).TolerateAll();
        builder.Call("close", 1).TolerateAll();
        builder.Call("close", 2).TolerateAll();
        LaunchOperation handle = builder.Call("pidfd_open", child.Result, 0).TolerateAll();
        Span<byte> poll = stackalloc byte[16]; // struct pollfd, poll(2)
        poll.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(poll, tether);
        BinaryPrimitives.WriteInt16LittleEndian(poll[12..], 1);
        LaunchArgument table = builder.Bytes(poll, "{tether, program}");
        builder.Store32(LaunchArgument.Address(table.Value + 8, "&program"), handle.Result);
        builder.Call("ppoll", table, 2, 0, 0, SignalSetSize).TolerateAll();
        builder.Call("kill", child.Result, SIGKILL).TolerateAll();
        builder.Call("wait4", child.Result, 0, 0, 0).TolerateAll();
        builder.Call("exit_group", 0);

        builder.Mark(execute);
        builder.DieWithStarter();
        builder.CloseOnExecute();
        builder.Execute(candidates, arguments, environment, candidates[0]);
        return builder.Build();
    }
}

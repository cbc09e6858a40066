using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Io;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Linux.Launching;

/// <summary>
/// The starter's side of a running launch program: the report pipe, which ends when the program executes something, and the lifeline,
/// which the program reads at checkpoints and whose end tells it that the starter is gone.
/// </summary>
internal sealed class LaunchSession : IAsyncDisposable
{
    private const int SIGKILL = 9;

    private LaunchProgram _program;
    private bool _isLauncherReaped;
    private readonly PipeReader _reports;
    private readonly FileDescriptor _lifeline;

    private LaunchSession(LaunchProgram program, int pid, FileDescriptor reports, FileDescriptor lifeline)
    {
        _program = program;
        SpawnedPid = pid;
        _reports = FdPipe.OpenReader(reports);
        _lifeline = lifeline;
    }

    /// <summary>The pid of the launching process, a child of this one.</summary>
    internal int SpawnedPid { get; }

    /// <summary>Starts <paramref name="program"/>; standard streams that are null are /dev/null.</summary>
    internal static async Task<LaunchSession> StartAsync(LaunchProgram program, LaunchDescriptors descriptors)
    {
        using SafeFileHandle image = LaunchExecutable.Create(program);
        PipeEnds report = PipeEnds.Create();
        PipeEnds lifeline;
        try
        {
            lifeline = PipeEnds.Create();
        }
        catch
        {
            report.Dispose();
            throw;
        }

        try
        {
            SafeHandle[] table =
            [
                descriptors.StandardInput ?? Spawner.Null,
                descriptors.StandardOutput ?? Spawner.Null,
                descriptors.StandardError ?? Spawner.Null,
                report.Write,
                lifeline.Read,
                .. descriptors.Inherited,
            ];
            int pid = await SpawnThread.RunAsync(() => Spawner.Start(image, table)).ConfigureAwait(false);
            report.Write.Dispose();
            lifeline.Read.Dispose();
            return new LaunchSession(program, pid, report.Read, lifeline.Write);
        }
        catch
        {
            report.Dispose();
            lifeline.Dispose();
            throw;
        }
    }

    /// <summary>The next report; kind <see cref="LaunchReport.None"/> at the end of the pipe.</summary>
    /// <remarks>A kind that is none of <see cref="LaunchReport"/> is the address of an operation that failed, the value its errno.</remarks>
    internal async ValueTask<(LaunchReport Kind, long Value)> ReadReportAsync(CancellationToken cancellationToken = default)
    {
        ReadResult result = await _reports.ReadAtLeastAsync(16, cancellationToken).ConfigureAwait(false);
        if (result.Buffer.Length < 16)
        {
            return (LaunchReport.None, 0);
        }

        (long kind, long value) = Decode(result.Buffer);
        _reports.AdvanceTo(result.Buffer.GetPosition(16));
        return ((LaunchReport)kind, value);
    }

    /// <inheritdoc cref="LaunchProgram.IsSupervised"/>
    internal bool IsSupervised => _program.IsSupervised;

    internal LaunchException Failure(long operation, long errno) => _program.Failure(operation, errno);

    /// <summary>Ends a program that waits at a checkpoint, and one that is about to execute.</summary>
    internal void HangUp() => _lifeline.Dispose();

    /// <summary>Lets the program go on from a checkpoint.</summary>
    internal unsafe void Answer()
    {
        byte go = 1;
        LinuxException.ThrowIfFailed(LibC.write(_lifeline, &go, 1), "write");
    }

    /// <summary>Lets a program that waits at a checkpoint go on with another one. False when it has ended meanwhile.</summary>
    internal bool TryAnswer(LaunchProgram next)
    {
        _program = next;
        try
        {
            Answer();
            return true;
        }
        catch (LinuxException e) when (e.Errno == Errno.EPIPE)
        {
            return false;
        }
    }

    /// <summary>Waits for the launching process, which ends as soon as its child is on its way or a step has failed.</summary>
    /// <param name="kill">True: it may be stuck, and is killed.</param>
    internal async ValueTask ReapLauncherAsync(bool kill = false)
    {
        // Once only: afterwards the pid may be another child's.
        if (_isLauncherReaped || WaitNow(SpawnedPid))
        {
            _isLauncherReaped = true;
            return;
        }

        using PidFd? launcher = PidFd.TryOpen(SpawnedPid);
        if (launcher is not null)
        {
            if (kill)
            {
                launcher.SendSignal(SIGKILL);
            }

            await launcher.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        _isLauncherReaped = true;
    }

    public async ValueTask DisposeAsync()
    {
        _lifeline.Dispose();
        await _reports.CompleteAsync().ConfigureAwait(false);
    }

    private static unsafe bool WaitNow(int pid)
    {
        int status;

        // ECHILD: a host that reaps every child was faster.
        return LibC.waitpid(pid, &status, LibC.WNoHang) != 0;
    }

    private static (long Kind, long Value) Decode(in ReadOnlySequence<byte> buffer)
    {
        Span<byte> message = stackalloc byte[16];
        buffer.Slice(0, 16).CopyTo(message);
        return (BinaryPrimitives.ReadInt64LittleEndian(message), BinaryPrimitives.ReadInt64LittleEndian(message[8..]));
    }
}

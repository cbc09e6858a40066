using System.IO.Pipelines;
using ContainerKit.Linux.Cgroups;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Launching;
using ContainerKit.Runtime.Processes;

namespace ContainerKit.Runtime.Supervision;

/// <summary>
/// The first process of a container that has a supervisor: whoever started it, it is watched by way of that, and how it ended is in the record.
/// Its output is in the log only.
/// </summary>
internal sealed class SupervisedProcess : IContainerProcess
{
    private const int SIGKILL = 9;

    private readonly string _recordPath;
    private readonly PidFd? _supervisor;
    private readonly PidFd? _handle;
    private readonly Cgroup? _cgroup;

    /// <summary>Takes over the handles; both are null for one that has ended already.</summary>
    internal SupervisedProcess(ProcessIdentity identity, string recordPath, PidFd? supervisor, PidFd? handle, Cgroup? cgroup)
    {
        (Identity, _recordPath, _supervisor, _handle, _cgroup) = (identity, recordPath, supervisor, handle, cgroup);
        Exited = WaitAsync();
    }

    public ProcessIdentity Identity { get; }

    public PipeWriter? StandardInput => null;

    public PipeReader StandardOutput { get; } = PipeReader.Create(Stream.Null);

    public PipeReader? StandardError => null;

    public Task<ExitStatus> Exited { get; }

    public DateTimeOffset? FinishedAt => SupervisionRecord.TryRead(_recordPath)?.FinishedAt;

    public long OutOfMemoryKills => SupervisionRecord.TryRead(_recordPath)?.OutOfMemoryKills ?? 0;

    public bool Signal(int signal) => !Exited.IsCompleted && _handle?.SendSignal(signal) == true;

    public void Resize(int rows, int columns)
    {
        // It has no terminal.
    }

    public ValueTask DisposeAsync()
    {
        _supervisor?.Dispose();
        _handle?.Dispose();
        _cgroup?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<ExitStatus> WaitAsync()
    {
        if (_supervisor is not null)
        {
            // Its end means that everything is on disk.
            await _supervisor.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        if (SupervisionRecord.TryRead(_recordPath)?.Exit is { } exit)
        {
            return exit.Signal is { } signal ? ExitStatus.FromSignal(signal) : new ExitStatus(exit.ExitCode ?? 255);
        }

        // The supervisor was killed, and the kernel kills the container with it.
        if (_handle is not null)
        {
            await _handle.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        return ExitStatus.FromSignal(SIGKILL);
    }
}

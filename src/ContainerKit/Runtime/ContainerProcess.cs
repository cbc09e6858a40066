using System.IO.Pipelines;
using ContainerKit.Linux.Cgroups;
using ContainerKit.Linux.Handles;
using ContainerKit.Runtime.Processes;

namespace ContainerKit.Runtime;

/// <summary>A process that this engine has started and that is its child.</summary>
internal sealed class ContainerProcess : IContainerProcess
{
    private readonly PidFd _handle;
    private readonly ProcessStreams _streams;
    private IDisposable? _mounts;

    /// <summary>Takes over the handle, the streams and, for a container's first process, the cgroup and the mounts.</summary>
    internal ContainerProcess(ProcessIdentity identity, PidFd handle, ProcessStreams streams, Cgroup? cgroup, IDisposable? mounts)
    {
        _mounts = mounts;
        Identity = identity;
        _handle = handle;
        _streams = streams;
        Cgroup = cgroup;
        Exited = WaitAsync();
    }

    public ProcessIdentity Identity { get; }

    /// <summary>The container's cgroup, for its first process.</summary>
    internal Cgroup? Cgroup { get; }

    public PipeWriter? StandardInput => _streams.Input;

    public PipeReader StandardOutput => _streams.Output;

    public PipeReader? StandardError => _streams.Error;

    public Task<ExitStatus> Exited { get; }

    public bool Signal(int signal) => !Exited.IsCompleted && _handle.SendSignal(signal);

    public void Resize(int rows, int columns) => _streams.Terminal?.Resize(rows, columns);

    public IDisposable? TakeMounts() => Interlocked.Exchange(ref _mounts, null);

    public async ValueTask DisposeAsync()
    {
        TakeMounts()?.Dispose();
        _handle.Dispose();
        Cgroup?.Dispose();
        if (_streams.Input is not null)
        {
            await _streams.Input.CompleteAsync().ConfigureAwait(false);
        }

        await _streams.Output.CompleteAsync().ConfigureAwait(false);
        if (_streams.Error is not null)
        {
            await _streams.Error.CompleteAsync().ConfigureAwait(false);
        }

        _streams.Terminal?.Dispose();
    }

    private async Task<ExitStatus> WaitAsync()
    {
        ProcessExit exit = await _handle.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        if (exit.Signal is { } signal)
        {
            return ExitStatus.FromSignal(signal);
        }

        // Unknown only when the host reaps children that it does not know; Docker reports 255 when it has lost the status.
        return new ExitStatus(exit.ExitCode ?? 255);
    }
}

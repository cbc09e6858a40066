using System.Buffers;
using System.IO.Pipelines;
using ContainerKit.Containers.Health;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Statistics;
using ContainerKit.Containers.Streams;
using ContainerKit.Linux.Launching;
using ContainerKit.Networks.Control;
using ContainerKit.Runtime;
using ContainerKit.Runtime.Supervision;
using ContainerKit.Volumes;

namespace ContainerKit.Containers.Instances;

/// <summary>A running container: its process, and the two loops that carry its output to the log and to those who are attached.</summary>
internal sealed class ContainerRun : IAsyncDisposable
{
    /// <summary>
    /// How long output may be silent after the exit before it is cut off. A pid namespace takes all its processes with it, so the pipes end
    /// at once,
    /// unless their descriptors were handed to another container.
    /// </summary>
    private static readonly TimeSpan DrainSilence = TimeSpan.FromSeconds(1);

    /// <summary>How often the log of a detached container is looked at for those who are attached.</summary>
    private static readonly TimeSpan LogInterval = TimeSpan.FromMilliseconds(25);

    private readonly CancellationTokenSource _release = new();
    private readonly ContainerContext _context;
    private readonly OutputHub _hub;
    private readonly ContainerInput? _input;
    private readonly Task _output;
    private int _reads;
    private int _publishing;
    private bool _logFailed;
    private bool _stopRequested;
    private bool _kept;

    internal ContainerRun(ContainerContext context, IContainerProcess process, RuntimeSpec spec, OutputHub hub, JsonFileLog? log, bool isAdopted = false)
    {
        _context = context;
        _hub = hub;
        Process = process;
        Spec = spec;
        Log = log;
        _input = process.StandardInput is PipeWriter writer ? new ContainerInput(writer) : null;
        hub.Connect(_input);
        if (spec.Supervision is RuntimeSupervision supervision)
        {
            _output = PublishLogAsync(supervision, isAdopted);
            return;
        }

        Task standardOutput = PumpAsync(process.StandardOutput, LogStream.StandardOutput);
        _output = process.StandardError is PipeReader error
            ? Task.WhenAll(standardOutput, PumpAsync(error, LogStream.StandardError))
            : standardOutput;
    }

    internal IContainerProcess Process { get; }

    internal RuntimeSpec Spec { get; }

    /// <summary>Where its output is kept; null when it is not.</summary>
    internal JsonFileLog? Log { get; }

    /// <summary>Its networks; null for none. Changed under the gate of the container.</summary>
    internal ContainerNetwork? Network { get; set; }

    /// <summary>What was mounted for it on this machine; null for nothing.</summary>
    internal VolumeLease? Volumes { get; set; }

    /// <summary>Looks after its health; null without a check.</summary>
    internal HealthMonitor? Health { get; set; }

    /// <summary>Listens to the kernel's killing for want of memory; null without a limit.</summary>
    internal OutOfMemoryMonitor? Memory { get; set; }

    /// <summary>True: a caller wants it to end, so its restart policy does not count.</summary>
    internal bool IsStopRequested { get => Volatile.Read(ref _stopRequested); set => Volatile.Write(ref _stopRequested, value); }

    /// <summary>True once its limits were changed: on cgroup v1 it may have got directories by that which its start did not make.</summary>
    internal bool HasNewLimits { get; set; }

    /// <summary>True: the caller who stops it starts it again, so it does not remove itself.</summary>
    internal bool IsKept { get => Volatile.Read(ref _kept); set => Volatile.Write(ref _kept, value); }

    /// <summary>Completes when the exit was dealt with completely; set right after the construction.</summary>
    internal Task Completion { get; set; } = Task.CompletedTask;

    /// <summary>True: the engine ends, and the container does not.</summary>
    internal bool IsReleased => _release.IsCancellationRequested;

    /// <summary>Ends the run for this engine only.</summary>
    internal void Release() => _release.Cancel();

    /// <summary>Waits for the exit; null when the run is released before.</summary>
    internal async Task<ExitStatus?> EndAsync()
    {
        try
        {
            return await Process.Exited.WaitAsync(_release.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Waits, after the exit, until all output is in the log.</summary>
    internal async Task DrainAsync()
    {
        while (!_output.IsCompleted)
        {
            int reads = Volatile.Read(ref _reads);
            try
            {
                await _output.WaitAsync(DrainSilence, _context.Time).ConfigureAwait(false);
            }
            catch (TimeoutException) when (reads == Volatile.Read(ref _reads) && Volatile.Read(ref _publishing) == 0)
            {
                ContainerMessages.OutputCutOff(_context.Logger, ContainerId.Shorten(Spec.Id));
                Process.StandardOutput.CancelPendingRead();
                Process.StandardError?.CancelPendingRead();
                await _output.ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // There was output, or a slow reader holds it back: go on.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (IsReleased)
        {
            // Those who listen first: one that does not read must not hold up the others.
            await _hub.CompleteAsync().ConfigureAwait(false);
            await _output.ConfigureAwait(false);
        }

        _release.Dispose();
        if (_input is not null)
            await _input.CompleteAsync().ConfigureAwait(false);
        await _hub.CompleteAsync().ConfigureAwait(false);
        Log?.Dispose();
        await Process.DisposeAsync().ConfigureAwait(false);
    }

    private async Task PumpAsync(PipeReader reader, LogStream stream)
    {
        try
        {
            while (true)
            {
                ReadResult result = await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false);
                Interlocked.Increment(ref _reads);
                if (!result.Buffer.IsEmpty)
                {
                    // The log comes first: it gets everything, however slow those are who are attached.
                    if (Log is JsonFileLog log)
                        WriteLog(() => log.Append(stream, result.Buffer));
                    if (_hub.HasListeners)
                        await PublishAsync(stream, result.Buffer).ConfigureAwait(false);
                }

                reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted || result.IsCanceled)
                    break;
            }
        }
        catch (IOException e)
        {
            ContainerMessages.OutputFailed(_context.Logger, e, ContainerId.Shorten(Spec.Id));
        }

        if (Log is JsonFileLog complete)
            WriteLog(() => complete.Complete(stream));
        await _hub.CompleteAsync(stream).ConfigureAwait(false);
        await reader.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>The output of a detached container is in its log, whoever is there to read it: those who listen get it from there.</summary>
    private async Task PublishLogAsync(RuntimeSupervision supervision, bool isAdopted)
    {
        try
        {
            SupervisionRecord? record = SupervisionRecord.TryRead(supervision.RecordPath);
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            if (supervision.LogPath is string path)
            {
                var follower = new PollingLogFollower(path, () => !Process.Exited.IsCompleted, LogInterval, _context.Time);
                IAsyncEnumerable<LogFrame> frames = FramedLogReader.ReadFramesAsync(
                    follower, (isAdopted ? record?.LogLength : record?.LogStart) ?? 0, null, _context.Time, _release.Token);
                await foreach (LogFrame frame in frames.ConfigureAwait(false))
                {
                    Interlocked.Increment(ref _reads);
                    if (frame.Stream is LogStream stream && _hub.HasListeners)
                        await PublishAsync(stream, new ReadOnlySequence<byte>(frame.Data)).ConfigureAwait(false);
                }
            }
            else
            {
                await Process.Exited.WaitAsync(_release.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            return; // released
        }
        catch (IOException e)
        {
            ContainerMessages.OutputFailed(_context.Logger, e, ContainerId.Shorten(Spec.Id));
        }

        await _hub.CompleteAsync().ConfigureAwait(false);
    }

    private async ValueTask PublishAsync(LogStream stream, ReadOnlySequence<byte> data)
    {
        Interlocked.Increment(ref _publishing);
        try
        {
            await _hub.PublishAsync(stream, data).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _publishing);
        }
    }

    /// <summary>A full disk must not stop the container; the first lost output is reported.</summary>
    private void WriteLog(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_logFailed)
                ContainerMessages.LogWriteFailed(_context.Logger, e, ContainerId.Shorten(Spec.Id));
            _logFailed = true;
        }
    }
}

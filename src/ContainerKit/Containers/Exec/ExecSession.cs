using System.IO.Pipelines;
using ContainerKit.Containers.Instances;
using ContainerKit.Containers.Streams;
using ContainerKit.Runtime;

namespace ContainerKit;

/// <summary>A further command that runs in a container, from <see cref="Container.OpenExecAsync"/>.</summary>
public sealed class ExecSession : IAsyncDisposable
{
    /// <summary>
    /// How long output may be silent after the command's end before it is cut off: a process in the background may hold it open for ever.
    /// </summary>
    private static readonly TimeSpan DrainSilence = TimeSpan.FromSeconds(1);

    private readonly IContainerProcess _process;
    private readonly TimeProvider _time;
    private int _disposed;

    internal ExecSession(string id, IContainerProcess process, TimeProvider time)
    {
        Id = id;
        _process = process;
        _time = time;
    }

    /// <summary>64 hexadecimal digits, unique; the <c>execID</c> of events.</summary>
    public string Id { get; }

    /// <summary>The command's process in the host's pid namespace.</summary>
    public int ProcessId => _process.Identity.Pid;

    /// <summary>
    /// What is written here the command reads; completing it makes it read an end of file. Null without <see cref="ExecSpec.OpenStdin"/>
    /// and terminal.
    /// </summary>
    public PipeWriter? StandardInput => _process.StandardInput;

    /// <summary>Standard output; with a terminal everything.</summary>
    public PipeReader StandardOutput => _process.StandardOutput;

    /// <summary>Standard error; null with a terminal.</summary>
    public PipeReader? StandardError => _process.StandardError;

    /// <summary>Waits for the command's end. Read its output meanwhile: a full pipe stops it.</summary>
    /// <param name="cancellationToken">Stops waiting; the command runs on.</param>
    public Task<ExitStatus> WaitAsync(CancellationToken cancellationToken = default) => _process.Exited.WaitAsync(cancellationToken);

    /// <summary>Sends a signal; nothing happens when the command has ended.</summary>
    /// <param name="signal">A name such as <c>SIGHUP</c> or <c>HUP</c>, or a number.</param>
    /// <exception cref="ArgumentException">There is no such signal.</exception>
    public void Kill(string signal = "SIGKILL") => _process.Signal(SignalName.Parse(signal, nameof(signal)));

    /// <summary>Sets the terminal's size; ignored without one.</summary>
    public void Resize(TerminalSize size)
    {
        size.Validate(nameof(size));
        _process.Resize(size.Rows, size.Columns);
    }

    /// <summary>Kills the command when it has not ended, and releases its streams. Idempotent.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _process.Signal(SignalName.Kill);
        await _process.Exited.ConfigureAwait(false);
        await _process.DisposeAsync().ConfigureAwait(false);
    }

    internal async Task<ExecResult> ReadToEndAsync(ExecSpec spec, CancellationToken cancellationToken)
    {
        using var capture = new OutputCapture(spec.OutputLimit);
        Task output = capture.ReadAsync(StandardOutput, LogStream.StandardOutput, cancellationToken);
        if (StandardError is PipeReader error)
            output = Task.WhenAll(output, capture.ReadAsync(error, LogStream.StandardError, cancellationToken));
        try
        {
            Task<ExitStatus> exited = WaitAsync(cancellationToken);
            if (await Task.WhenAny(exited, capture.Overflow).ConfigureAwait(false) == capture.Overflow)
                throw capture.CreateOverflowException(string.Join(' ', spec.Command));
            ExitStatus status = await exited.ConfigureAwait(false);
            await DrainAsync(output, capture).ConfigureAwait(false);
            return capture.Overflow.IsCompleted
                ? throw capture.CreateOverflowException(string.Join(' ', spec.Command))
                : new ExecResult(status, capture.GetText(LogStream.StandardOutput), capture.GetText(LogStream.StandardError));
        }
        finally
        {
            // The buffers go back to the pool: nobody may write to them any more.
            await StopReadingAsync(output).ConfigureAwait(false);
        }
    }

    private async Task DrainAsync(Task output, OutputCapture capture)
    {
        while (!output.IsCompleted)
        {
            long before = capture.Received;
            try
            {
                await output.WaitAsync(DrainSilence, _time).ConfigureAwait(false);
            }
            catch (TimeoutException) when (capture.Received == before)
            {
                return;
            }
            catch (TimeoutException)
            {
                // There was more output: go on.
            }
        }
    }

    private async Task StopReadingAsync(Task output)
    {
        StandardOutput.CancelPendingRead();
        StandardError?.CancelPendingRead();
        try
        {
            await output.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The caller's cancellation, which the wait above reports as well.
        }
    }
}

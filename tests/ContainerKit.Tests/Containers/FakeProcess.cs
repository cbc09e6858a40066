using System.IO.Pipelines;
using System.Text;
using ContainerKit.Runtime;
using ContainerKit.Runtime.Processes;

namespace ContainerKit.Tests.Containers;

/// <summary>A process that does what a test tells it to, over real pipes.</summary>
internal sealed class FakeProcess : IContainerProcess
{
    /// <summary>Above any pid that Linux gives, so that /proc has none of them.</summary>
    private static int s_nextPid = 1 << 23;

    private readonly Pipe _input = new();
    private readonly Pipe _output = new();
    private readonly Pipe _error = new();
    private readonly TaskCompletionSource<ExitStatus> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RuntimeProcess _spec;

    internal FakeProcess(RuntimeProcess spec) => _spec = spec;

    public ProcessIdentity Identity { get; } = new(Interlocked.Increment(ref s_nextPid), 42);

    public PipeWriter? StandardInput => _spec.OpenStdin || _spec.Terminal ? _input.Writer : null;

    public PipeReader StandardOutput => _output.Reader;

    public PipeReader? StandardError => _spec.Terminal ? null : _error.Reader;

    public Task<ExitStatus> Exited => _exited.Task;

    internal List<int> Signals { get; } = [];

    internal bool IsDisposed { get; private set; }

    internal (int Rows, int Columns) Size { get; private set; }

    /// <summary>What a signal other than SIGKILL does; nothing, as for a first process without handlers.</summary>
    internal Action<int> OnSignal { get; set; } = _ => { };

    internal PipeReader Input => _input.Reader;

    public bool Signal(int signal)
    {
        if (_exited.Task.IsCompleted)
            return false;
        lock (Signals)
            Signals.Add(signal);
        if (signal == 9)
            Exit(ExitStatus.FromSignal(9));
        else
            OnSignal(signal);
        return true;
    }

    public void Resize(int rows, int columns) => Size = (rows, columns);

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return default;
    }

    internal Task WriteAsync(string text) => WriteAsync(Encoding.UTF8.GetBytes(text));

    internal async Task WriteAsync(byte[] data) => await _output.Writer.WriteAsync(data);

    internal async Task WriteErrorAsync(string text) => await _error.Writer.WriteAsync(Encoding.UTF8.GetBytes(text));

    internal void Exit(int code) => Exit(new ExitStatus(code));

    internal void Exit(ExitStatus status)
    {
        CloseOutput();
        ExitKeepingOutput(status);
    }

    internal void ExitKeepingOutput(ExitStatus status) => _exited.TrySetResult(status);

    internal void CloseOutput()
    {
        _output.Writer.Complete();
        _error.Writer.Complete();
    }
}

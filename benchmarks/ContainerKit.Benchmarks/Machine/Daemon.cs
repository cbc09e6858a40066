using System.Diagnostics;
using System.Globalization;

namespace ContainerKit.Benchmarks.Machine;

/// <summary>A background process that a peer needs, with its output in a file. Disposing stops it, politely at first.</summary>
internal sealed class Daemon : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);
    private readonly Process _process;
    private readonly string _log;

    private Daemon(Process process, string log)
    {
        _process = process;
        _log = log;
    }

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Starts a command, which is expected to stay in the foreground.</summary>
    public static Daemon Start(ExternalCommand command, string log)
    {
        // The shell redirects and then becomes the daemon, so the process id stays the same. A session of its own, because
        // Ctrl-C in the terminal is for this program, which then ends the peers in order.
        var shell = new ExternalCommand("/bin/sh", ["-c", "exec setsid \"$@\" >\"$0\" 2>&1", log, command.Program, .. command.Arguments])
        {
            Environment = command.Environment,
        };
        return new Daemon(shell.Start(captured: false), log);
    }

    /// <summary>Asks again and again until the answer is yes.</summary>
    /// <exception cref="PeerFailedException">It exited, or the answer did not come in a minute.</exception>
    public async Task WaitUntilReadyAsync(Func<CancellationToken, Task<bool>> isReady, CancellationToken cancellationToken)
    {
        var started = Stopwatch.StartNew();
        while (!await isReady(cancellationToken))
        {
            if (_process.HasExited || started.Elapsed > StartLimit)
                throw new PeerFailedException($"{Path.GetFileNameWithoutExtension(_log)} did not start: {LastLogLine()}");
            await Task.Delay(100, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await new ExternalCommand("/bin/sh", "-c", "kill -TERM \"$0\"", Id.ToString(CultureInfo.InvariantCulture)).CaptureAsync();
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }

    private string LastLogLine() => File.Exists(_log) ? File.ReadLines(_log).LastOrDefault() ?? "no output" : "no output";
}

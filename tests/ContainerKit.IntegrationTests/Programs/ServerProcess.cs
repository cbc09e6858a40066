using System.Diagnostics;
using System.Globalization;

namespace ContainerKit.IntegrationTests.Programs;

/// <summary>A server of this machine that a test has started: what it writes is in a file, and it ends with its owner.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly string _log;

    private ServerProcess(Process process, string log)
    {
        _process = process;
        _log = log;
    }

    /// <summary>What it has written so far.</summary>
    public string Log => File.Exists(_log) ? File.ReadAllText(_log) : "";

    /// <summary>Starts it.</summary>
    /// <param name="log">The file for its output; one that exists is replaced.</param>
    /// <param name="command">The program and its arguments.</param>
    public static ServerProcess Start(string log, params string[] command)
    {
        // The shell redirects and then becomes the server, so that the process id stays the same.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >\"$0\" 2>&1", log, .. command]) { RedirectStandardInput = true };
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return new ServerProcess(process, log);
    }

    /// <summary>Waits until it serves.</summary>
    /// <returns>False: it has ended instead.</returns>
    public async Task<bool> WaitAsync(Func<Task<bool>> isReady, CancellationToken cancellationToken)
    {
        while (!await isReady())
        {
            if (_process.HasExited)
            {
                return false;
            }
            await Task.Delay(25, cancellationToken);
        }
        return true;
    }

    /// <summary>Asks it to end, and kills it when it does not.</summary>
    public async ValueTask DisposeAsync()
    {
        using Process owned = _process;
        if (!owned.HasExited)
        {
            using Process kill = Process.Start("/bin/sh", ["-c", "kill -TERM \"$0\"", owned.Id.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync(CancellationToken.None);
        }
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            await owned.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            owned.Kill();
            await owned.WaitForExitAsync(CancellationToken.None);
        }
    }
}

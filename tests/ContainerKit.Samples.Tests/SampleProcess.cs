using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Xunit;

namespace ContainerKit.Samples.Tests;

/// <summary>A sample that runs as it does for its reader; disposing ends it.</summary>
internal sealed class SampleProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Channel<string> _arriving = Channel.CreateUnbounded<string>();

    private SampleProcess(string sample, string[] arguments)
    {
        // The last three of its own directory: bin/Debug/net10.0.
        string[] output = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory).Split('/')[^3..];
        string directory = Path.Combine([AppContext.BaseDirectory, "samples", sample, .. output]);
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(directory, sample + ".dll") },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = directory,
        };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += Receive;
        _process.ErrorDataReceived += Receive;
    }

    /// <summary>Everything that was printed until now, of both streams.</summary>
    internal string Output => string.Join('\n', _lines);

    internal static SampleProcess Start(string sample, params string[] arguments)
    {
        var started = new SampleProcess(sample, arguments);
        started._process.Start();
        started._process.BeginOutputReadLine();
        started._process.BeginErrorReadLine();
        return started;
    }

    /// <summary>Waits until a line with a text is printed; returns it.</summary>
    internal async Task<string> WaitForLineAsync(string text)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        try
        {
            await foreach (string line in _arriving.Reader.ReadAllAsync(limit.Token))
            {
                if (line.Contains(text, StringComparison.Ordinal))
                    return line;
            }
        }
        catch (OperationCanceledException)
        {
        }

        throw new Xunit.Sdk.XunitException($"\"{text}\" was not printed, but:\n{Output}");
    }

    /// <summary>Waits for the end.</summary>
    internal async Task<int> WaitForExitAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Asks it to end, and waits for that. Not as Ctrl+C does: who runs the tests in the background passes on that it is ignored.</summary>
    internal async Task<int> EndAsync()
    {
        using (Process kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        return await WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Receive(object sender, DataReceivedEventArgs e)
    {
        if (e.Data is null)
        {
            return;
        }

        _lines.Enqueue(e.Data);
        _arriving.Writer.TryWrite(e.Data);
    }
}

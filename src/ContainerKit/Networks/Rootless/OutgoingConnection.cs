using System.Collections.Immutable;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Io;
using ContainerKit.Linux.Launching;

namespace ContainerKit.Networks.Rootless;

/// <summary>The way out of a sandbox, through a program of the machine.</summary>
internal sealed class OutgoingConnection : IAsyncDisposable
{
    private static readonly TimeSpan s_start = TimeSpan.FromSeconds(10);

    private readonly TetheredProcess _process;

    private OutgoingConnection(TetheredProcess process, string tool) => (_process, Tool) = (process, tool);

    /// <summary>The program that does it.</summary>
    internal string Tool { get; }

    /// <summary>Connects a sandbox.</summary>
    /// <param name="pid">The process that holds it.</param>
    /// <param name="tools">Those that may be used.</param>
    /// <param name="time">Measures how long one may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The connection, or null and why there is none, with what to do about it.</returns>
    internal static async Task<(OutgoingConnection? Connection, string Reason)> TryStartAsync(
        int pid, ImmutableArray<OutgoingTool> tools, TimeProvider time, CancellationToken cancellationToken)
    {
        List<string> failures = [];
        foreach (OutgoingTool tool in tools)
        {
            if (tool.FindPaths() is not { IsEmpty: false } paths)
            {
                continue;
            }

            (OutgoingConnection? connection, string failure) = await TryStartAsync(tool, paths, pid, time, cancellationToken).ConfigureAwait(false);
            if (connection is not null)
            {
                return (connection, "");
            }

            failures.Add($"{tool.Name} failed: {failure}");
        }

        return (null, failures.Count > 0
            ? string.Join("; ", failures)
            : $"none of {string.Join(", ", tools.Select(tool => tool.Name))} is installed; install one (Debian: apt-get install {tools.FirstOrDefault()?.Package})");
    }

    /// <summary>Completes when the way out is closed: the program has ended.</summary>
    internal Task WaitAsync(CancellationToken cancellationToken) => _process.WaitAsync(cancellationToken);

    /// <summary>Ends the program.</summary>
    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task<(OutgoingConnection? Connection, string Failure)> TryStartAsync(
        OutgoingTool tool, ImmutableArray<string> paths, int pid, TimeProvider time, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(s_start, time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using PipeEnds output = PipeEnds.Create();
        using PipeEnds errors = PipeEnds.Create();
        using StreamReader lines = new(FdPipe.OpenReader(output.Read).AsStream());
        using StreamReader complaints = new(FdPipe.OpenReader(errors.Read).AsStream());
        TetheredProcess? process = null;
        try
        {
            process = await TetheredProcess.StartAsync(paths, tool.Arguments(pid), ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], output.Write, errors.Write, linked.Token).ConfigureAwait(false);
            output.Write.Dispose();
            errors.Write.Dispose();
            Task<string> complaint = complaints.ReadToEndAsync(linked.Token);
            char[] first = new char[1];
            if (await lines.ReadAsync(first, linked.Token).ConfigureAwait(false) > 0)
            {
                OutgoingConnection connection = new(process, tool.Name);
                process = null;
                await ForgetAsync(complaint, linked).ConfigureAwait(false);
                return (connection, "");
            }

            string text = (await complaint.ConfigureAwait(false)).Trim();
            return (null, text.Length > 0 ? text[^Math.Min(text.Length, 500)..] : "it ended and said nothing");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, $"it was not ready after {s_start.TotalSeconds} seconds");
        }
        catch (IOException e)
        {
            return (null, e.Message);
        }
        finally
        {
            if (process is not null)
            {
                await process.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static async Task ForgetAsync(Task<string> reading, CancellationTokenSource stop)
    {
        await stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await reading.ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // What it says from now on is heard by nobody.
        }
    }
}

using System.Buffers;
using System.Text;
using ContainerKit.DockerApi.Streams;

namespace ContainerKit.DockerApi.Exec;

/// <summary>The run of a further command, with a client or without one. It goes on when its client vanishes, as in Docker.</summary>
internal sealed class ExecRun(ExecInstance exec, ExecSpec spec, ExecRegistry registry)
{
    private const int CannotStart = 126;

    /// <summary>How long output may stay open behind the command's end: a process in the background may hold it for ever. Docker's time.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);

    /// <summary>Starts it without a client: what it writes is dropped.</summary>
    internal async Task StartDetachedAsync()
    {
        ExecSession session = await OpenAsync().ConfigureAwait(false);
        if (session.StandardInput is { } input && !spec.Terminal)
            await input.CompleteAsync().ConfigureAwait(false);
        registry.Track(FinishAsync(session, new OutputMultiplexer(new NullPipeWriter(), spec.Terminal), client: null));
    }

    /// <summary>Starts it, and serves the client until its end.</summary>
    internal async Task RunAttachedAsync(HijackedStream client, CancellationToken aborted)
    {
        var multiplexer = new OutputMultiplexer(client.Output, spec.Terminal);
        ExecSession session;
        try
        {
            session = await OpenAsync().ConfigureAwait(false);
        }
        catch (ContainerKitException e)
        {
            // The head is sent: the message goes where the output would, and the exit code tells.
            byte[] message = Encoding.UTF8.GetBytes($"OCI runtime exec failed: {e.Message}\r\n");
            await multiplexer.WriteAsync(LogStream.StandardOutput, new ReadOnlySequence<byte>(message), aborted).ConfigureAwait(false);
            multiplexer.Dispose();
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        Task<InputPump.End> input = PumpInputAsync(client, session, stop.Token);
        Task finished = FinishAsync(session, multiplexer, client);
        registry.Track(finished);
        if (await Task.WhenAny(finished, DetachAsync(input)).ConfigureAwait(false) == finished)
            await finished.ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await input.ConfigureAwait(false);
    }

    /// <summary>Completes when the client wants to go before the end: by its keys, or because the server stops.</summary>
    private static async Task DetachAsync(Task<InputPump.End> input)
    {
        if (await input.ConfigureAwait(false) == InputPump.End.Closed)
            await Task.Delay(Timeout.Infinite, CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<InputPump.End> PumpInputAsync(HijackedStream client, ExecSession session, CancellationToken cancellationToken)
    {
        DetachKeys? keys = spec.Terminal && exec.AttachStandardInput ? DetachKeys.Parse(exec.DetachKeys) : null;
        InputPump.End end = await InputPump.RunAsync(client.Input, exec.AttachStandardInput ? session.StandardInput : null, keys, cancellationToken).ConfigureAwait(false);
        if (end == InputPump.End.Closed && exec.AttachStandardInput && session.StandardInput is { } input)
            await input.CompleteAsync().ConfigureAwait(false);
        return end;
    }

    private async Task<ExecSession> OpenAsync()
    {
        try
        {
            ExecSession session = await exec.Container.OpenExecAsync(spec, CancellationToken.None).ConfigureAwait(false);
            registry.Started(exec, session);
            return session;
        }
        catch (Exception e)
        {
            registry.Ended(exec, e is ContainerStartException failure ? failure.ExitCode : CannotStart);
            throw;
        }
    }

    private async Task FinishAsync(ExecSession session, OutputMultiplexer multiplexer, HijackedStream? client)
    {
        using (multiplexer)
        await using (session.ConfigureAwait(false))
        {
            using var drained = new CancellationTokenSource();
            Task output = Task.WhenAll(
                multiplexer.CopyAsync(session.StandardOutput, LogStream.StandardOutput, client is not null && exec.AttachStandardOutput, stopWhenBroken: false, drained.Token),
                multiplexer.CopyAsync(session.StandardError, LogStream.StandardError, client is not null && exec.AttachStandardError, stopWhenBroken: false, drained.Token));
            ExitStatus status = await session.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            while (!output.IsCompleted)
            {
                try
                {
                    await output.WaitAsync(DrainTime, registry.Time).ConfigureAwait(false);
                }
                catch (TimeoutException) when (multiplexer.IsWriting)
                {
                    // The client takes its time; what the command has written is its.
                }
                catch (TimeoutException)
                {
                    await drained.CancelAsync().ConfigureAwait(false);
                    await output.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }

            // Before the client sees the end of the stream: it asks for the exit code then.
            registry.Ended(exec, status.ExitCode);
            client?.EndOutput();
        }
    }
}

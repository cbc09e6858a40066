using System.IO.Pipelines;
using System.Text;
using ContainerKit.Containers.Instances;
using ContainerKit.Containers.Streams;
using ContainerKit.Runtime;

namespace ContainerKit.Containers.Health;

/// <summary>Runs the command of a health check once.</summary>
internal sealed class HealthProbeRunner(Func<CancellationToken, Task<IContainerProcess>> start, TimeSpan timeout, TimeProvider time)
{
    /// <summary>Docker's limit.</summary>
    internal const int OutputLimit = 4096;

    private const int NoExitCode = -1;

    /// <summary>How long a process in the background may hold the output open after the command's end.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(1);

    /// <summary>Never fails on account of the check: what goes wrong with it is its result.</summary>
    /// <exception cref="OperationCanceledException">Checks are not wanted any more.</exception>
    internal async Task<HealthProbeResult> RunAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset begun = time.GetUtcNow();
        using var timer = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            (int exitCode, string output) = await ExecuteAsync(either.Token).ConfigureAwait(false);
            return new HealthProbeResult(begun, time.GetUtcNow(), exitCode, output);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new HealthProbeResult(begun, time.GetUtcNow(), NoExitCode, $"Health check exceeded timeout ({timeout.TotalSeconds:0.###}s)");
        }
        catch (Exception e) when (e is ContainerKitException or IOException or ArgumentException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new HealthProbeResult(begun, time.GetUtcNow(), NoExitCode, e.Message);
        }
    }

    private async Task<(int ExitCode, string Output)> ExecuteAsync(CancellationToken cancellationToken)
    {
        IContainerProcess process = await start(cancellationToken).ConfigureAwait(false);
        await using (process.ConfigureAwait(false))
        {
            var output = new PooledBuffer();
            List<PipeReader> readers = process.StandardError is PipeReader error ? [process.StandardOutput, error] : [process.StandardOutput];
            Task reading = Task.WhenAll(readers.Select(reader => ReadAsync(reader, output)));
            try
            {
                ExitStatus status = await process.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
                if (!reading.IsCompleted)
                    await Task.WhenAny(reading, Task.Delay(DrainTime, time, cancellationToken)).ConfigureAwait(false);
                await EndReadingAsync(readers, reading).ConfigureAwait(false);
                return (status.ExitCode, Encoding.UTF8.GetString(output.Span));
            }
            finally
            {
                process.Signal(SignalName.Kill);
                await process.Exited.ConfigureAwait(false);
                await EndReadingAsync(readers, reading).ConfigureAwait(false);
                output.Clear();
            }
        }
    }

    private static Task EndReadingAsync(List<PipeReader> readers, Task reading)
    {
        if (!reading.IsCompleted)
            readers.ForEach(reader => reader.CancelPendingRead());
        return reading;
    }

    /// <summary>Reads to the end, so that the command is not held up, and keeps the beginning.</summary>
    private static async Task ReadAsync(PipeReader reader, PooledBuffer output)
    {
        while (true)
        {
            ReadResult result = await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            lock (output)
            {
                foreach (ReadOnlyMemory<byte> segment in result.Buffer)
                    output.Append(segment.Span[..Math.Min(segment.Length, OutputLimit - output.Length)]);
            }

            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted || result.IsCanceled)
                return;
        }
    }
}

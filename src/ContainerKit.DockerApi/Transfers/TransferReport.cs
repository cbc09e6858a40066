using System.Threading.Channels;
using ContainerKit.Oci;

namespace ContainerKit.DockerApi.Transfers;

/// <summary>Turns the news of layers, which come from any thread and as often as something arrives, into lines of a response.</summary>
/// <param name="describe">What docker calls a stage.</param>
/// <param name="forward">Takes the lines; null: <see cref="RunAsync"/> writes them.</param>
internal sealed class TransferReport(Func<ImageTransferStage, string> describe, Action<ProgressLine>? forward = null) : IProgress<ImageTransferProgress>
{
    /// <summary>At most so many lines a layer and stage, however slow the client is: the queue stays bounded.</summary>
    private const int StepsOfLayer = 50;

    private const int ShortIdLength = 12;

    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, ImageTransferProgress> _last = [];
    private readonly Channel<ProgressLine> _lines = Channel.CreateUnbounded<ProgressLine>(new UnboundedChannelOptions { SingleReader = true });

    public void Report(ImageTransferProgress value)
    {
        lock (_gate)
        {
            if (_last.TryGetValue(value.Layer, out ImageTransferProgress last) && last.Stage == value.Stage
                && (value.Completed - last.Completed < Math.Max(value.Total / StepsOfLayer, 1) || value.Completed == last.Completed))
                return;
            _last[value.Layer] = value;
            var line = new ProgressLine
            {
                Status = describe(value.Stage),
                Id = value.Layer.Hex[..ShortIdLength],
                ProgressDetail = value.Stage is ImageTransferStage.Downloading or ImageTransferStage.Uploading or ImageTransferStage.Unpacking
                    ? new ProgressDetail { Current = value.Completed, Total = value.Total }
                    : ProgressDetail.None,
            };
            if (forward is null)
                _lines.Writer.TryWrite(line);
            else
                forward(line);
        }
    }

    /// <summary>Runs a transfer, and writes what it reports meanwhile.</summary>
    /// <param name="output">Where the lines go.</param>
    /// <param name="begin">What is written before the first of them.</param>
    /// <param name="transfer">The transfer, which reports here.</param>
    /// <param name="cancellationToken">Stops.</param>
    internal async Task<T> RunAsync<T>(ProgressStream output, Func<Task> begin, Func<CancellationToken, Task<T>> transfer, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<T> running = TransferAsync(transfer, stop.Token);
        try
        {
            bool begun = false;
            await foreach (ProgressLine line in _lines.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                if (!begun)
                    await begin().ConfigureAwait(false);
                begun = true;
                await output.WriteAsync(line).ConfigureAwait(false);
            }

            T result = await running.ConfigureAwait(false);
            if (!begun)
                await begin().ConfigureAwait(false);
            return result;
        }
        catch
        {
            // The client is gone, or the transfer has failed: nothing of it goes on behind the response.
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private async Task<T> TransferAsync<T>(Func<CancellationToken, Task<T>> transfer, CancellationToken cancellationToken)
    {
        try
        {
            return await transfer(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _lines.Writer.TryComplete();
        }
    }
}

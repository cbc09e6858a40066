using System.Text;
using System.Threading.Channels;
using ContainerKit.DockerApi.Transfers;

namespace ContainerKit.DockerApi.Builds;

/// <summary>Turns the events of a build, which come from any thread, into lines of the classic builder's stream.</summary>
/// <param name="quiet">True: nothing but errors and the result.</param>
internal sealed class BuildOutputQueue(bool quiet) : IProgress<BuildEvent>
{
    /// <summary>A client that does not read must not make a build wait, nor its output fill the memory.</summary>
    internal const long MaximumQueuedBytes = 8 * 1024 * 1024;

    private const int ShortIdLength = 12;

    private readonly Channel<(ProgressLine Line, int Bytes)> _lines = Channel.CreateUnbounded<(ProgressLine, int)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<(int Step, LogStream Stream), Decoder> _decoders = [];
    private readonly Dictionary<string, TransferReport> _pulls = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private long _queued;
    private bool _isClipped;

    internal long QueuedBytes => Interlocked.Read(ref _queued);

    public void Report(BuildEvent value)
    {
        if (quiet)
            return;
        lock (_gate)
        {
            switch (value)
            {
                case BuildStepEvent step:
                    Report(step);
                    break;
                case BuildOutputEvent output:
                    AddOutput(output);
                    break;
                case BuildPullEvent pull:
                    AddPull(pull);
                    break;
                case BuildWarningEvent { Warning: var warning }:
                    Add($"[Warning] {warning.Rule}: {warning.Message} (line {warning.Line})\n");
                    break;
            }
        }
    }

    /// <summary>Runs a build, and writes what it reports meanwhile.</summary>
    internal async Task<Image> RunAsync(ProgressStream output, Func<CancellationToken, Task<Image>> build, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<Image> running = BuildAsync(build, stop.Token);
        try
        {
            await foreach ((ProgressLine line, int bytes) in _lines.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                await output.WriteAsync(line).ConfigureAwait(false);
                Interlocked.Add(ref _queued, -bytes);
            }

            return await running.ConfigureAwait(false);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private async Task<Image> BuildAsync(Func<CancellationToken, Task<Image>> build, CancellationToken cancellationToken)
    {
        try
        {
            return await build(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _lines.Writer.TryComplete();
        }
    }

    private void Report(BuildStepEvent step)
    {
        switch (step.State)
        {
            case BuildStepState.Started:
                Add($"Step {step.Step.Number}/{step.Step.Total} : {step.Step.Text}\n");
                break;
            case BuildStepState.Cached:
                Add(" ---> Using cache\n");
                break;
        }

        if (step is { State: BuildStepState.Cached or BuildStepState.Completed, Layer: { } layer })
            Add($" ---> {layer.Hex[..ShortIdLength]}\n");
    }

    private void AddOutput(BuildOutputEvent output)
    {
        // Characters may be cut in two between events.
        if (!_decoders.TryGetValue((output.Step.Number, output.Stream), out Decoder? decoder))
            _decoders.Add((output.Step.Number, output.Stream), decoder = Encoding.UTF8.GetDecoder());
        char[] characters = new char[decoder.GetCharCount(output.Data.Span, flush: false)];
        int count = decoder.GetChars(output.Data.Span, characters, flush: false);
        if (count > 0)
            Add(new string(characters, 0, count));
    }

    private void AddPull(BuildPullEvent pull)
    {
        if (!_pulls.TryGetValue(pull.Reference, out TransferReport? report))
        {
            _pulls.Add(pull.Reference, report = new TransferReport(Images.ImageTransferEndpoints.DescribePull, line => Add(line, 0)));
            Add(new ProgressLine { Status = $"Pulling from {pull.Reference}", Id = pull.Reference }, 0);
        }

        report.Report(pull.Progress);
    }

    private void Add(string text) => Add(new ProgressLine { Stream = text }, text.Length);

    private void Add(ProgressLine line, int bytes)
    {
        if (Interlocked.Read(ref _queued) + bytes > MaximumQueuedBytes)
        {
            if (!_isClipped)
                _lines.Writer.TryWrite((new ProgressLine { Stream = "\n[output clipped: the client does not read it]\n" }, 0));
            _isClipped = true;
            return;
        }

        _isClipped = false;
        Interlocked.Add(ref _queued, bytes);
        _lines.Writer.TryWrite((line, bytes));
    }
}

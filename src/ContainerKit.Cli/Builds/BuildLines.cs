using System.Text;

namespace ContainerKit.Cli.Builds;

/// <summary>Tells a display what happens in a build of this process.</summary>
internal sealed class BuildLines(BuildDisplay display) : IProgress<BuildEvent>
{
    private const int ShortIdLength = 12;

    private readonly Lock _gate = new();
    private readonly Dictionary<(int Step, LogStream Stream), Decoder> _decoders = [];

    public void Report(BuildEvent value)
    {
        lock (_gate)
        {
            switch (value)
            {
                case BuildStepEvent step:
                    Report(step);
                    break;
                case BuildOutputEvent text:
                    Write(text);
                    break;
                case BuildPullEvent { Progress: var progress }:
                    display.Transfer(progress.Layer.Hex[..ShortIdLength], Describe(progress.Stage), progress.Completed, progress.Total);
                    break;
                case BuildWarningEvent { Warning: var warning }:
                    display.Warn($"line {warning.Line}: {warning.Message} ({warning.Rule})");
                    break;
            }
        }
    }

    private static string Describe(ImageTransferStage stage) => stage switch
    {
        ImageTransferStage.Waiting => "Waiting",
        ImageTransferStage.Downloading => "Downloading",
        ImageTransferStage.Unpacking => "Extracting",
        ImageTransferStage.Existing => "Already exists",
        _ => "Pull complete",
    };

    private void Report(BuildStepEvent value)
    {
        BuildStep step = value.Step;
        switch (value.State)
        {
            case BuildStepState.Started:
                display.Start(step.Number, step.Total, step.Text);
                break;
            case BuildStepState.Cached:
                display.Cached(step.Number);
                break;
            case BuildStepState.Completed:
                display.Complete(step.Number);
                break;
            case BuildStepState.Failed:
                display.Fail(step.Number);
                break;
        }
    }

    private void Write(BuildOutputEvent text)
    {
        // Characters may be cut in two between events.
        if (!_decoders.TryGetValue((text.Step.Number, text.Stream), out Decoder? decoder))
            _decoders.Add((text.Step.Number, text.Stream), decoder = Encoding.UTF8.GetDecoder());
        char[] characters = new char[decoder.GetCharCount(text.Data.Span, flush: false)];
        int count = decoder.GetChars(text.Data.Span, characters, flush: false);
        if (count > 0)
            display.Write(text.Step.Number, new string(characters, 0, count));
    }
}

using System.Text;

namespace ContainerKit.Cli.Images;

/// <summary>The steps of a build and what they write, as it comes.</summary>
internal sealed class BuildLines(TextWriter output) : IProgress<BuildEvent>
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(int Step, LogStream Stream), Decoder> _decoders = [];

    public void Report(BuildEvent value)
    {
        lock (_gate)
        {
            switch (value)
            {
                case BuildStepEvent { State: BuildStepState.Started, Step: var step }:
                    output.WriteLine($"[{step.Number}/{step.Total}] {step.Text}");
                    break;
                case BuildStepEvent { State: BuildStepState.Cached, Step: var step }:
                    output.WriteLine($"[{step.Number}/{step.Total}] cached");
                    break;
                case BuildOutputEvent text:
                    Write(text);
                    break;
                case BuildWarningEvent { Warning: var warning }:
                    output.WriteLine($"warning: line {warning.Line}: {warning.Message} ({warning.Rule})");
                    break;
            }
        }
    }

    private void Write(BuildOutputEvent text)
    {
        // Characters may be cut in two between events.
        if (!_decoders.TryGetValue((text.Step.Number, text.Stream), out Decoder? decoder))
            _decoders.Add((text.Step.Number, text.Stream), decoder = Encoding.UTF8.GetDecoder());
        char[] characters = new char[decoder.GetCharCount(text.Data.Span, flush: false)];
        output.Write(characters, 0, decoder.GetChars(text.Data.Span, characters, flush: false));
    }
}

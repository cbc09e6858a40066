using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ContainerKit.Cli.Output;

namespace ContainerKit.Cli.Builds;

/// <summary>Tells a display what the stream of a classic builder says, whose steps are known by their text alone.</summary>
internal sealed partial class ServerBuildReader(BuildDisplay display)
{
    private const string Warning = "[Warning] ";

    /// <summary>What the builder says of itself; the display says it in its own way.</summary>
    private static readonly string[] Asides = [" ---> Running in ", " ---> [Warning] ", "Removing intermediate container ", " ---> Removed intermediate container ", "Successfully built ", "Successfully tagged "];

    private int _step;
    private bool _endsLine;

    /// <summary>The result; null before the end.</summary>
    public string? ImageId { get; private set; }

    /// <exception cref="BuildException">The builder gave up.</exception>
    public void Read(JsonNode line)
    {
        if (line.Text("error") is string error)
        {
            display.Fail(_step);
            long code = line["errorDetail"].Number("code");
            throw new BuildException(line["errorDetail"].Text("message") ?? error) { ExitCode = code is > 0 and < 256 ? (int)code : null };
        }

        if (line["aux"] is { } aux)
            ImageId = aux.Text("ID") ?? ImageId;
        else if (line.Text("stream") is string text)
            Read(text);
        else if (line.Text("status") is string status)
            display.Transfer(line.Text("id") ?? "", status, line["progressDetail"].Number("current"), line["progressDetail"].Number("total"));
    }

    private void Read(string text)
    {
        // dockerd sends the end of such a line by itself.
        if (_endsLine && text == "\n")
        {
            _endsLine = false;
            return;
        }

        _endsLine = false;
        if (StepLine().Match(text) is { Success: true } step)
        {
            display.Complete(_step);
            _step = int.Parse(step.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            display.Start(_step, int.Parse(step.Groups[2].ValueSpan, CultureInfo.InvariantCulture), step.Groups[3].Value.TrimEnd());
            _endsLine = !text.EndsWith('\n');
        }
        else if (text.StartsWith(" ---> Using cache", StringComparison.Ordinal))
        {
            display.Cached(_step);
            _endsLine = !text.EndsWith('\n');
        }
        else if (LayerLine().IsMatch(text))
        {
            _endsLine = !text.EndsWith('\n');
        }
        else if (text.StartsWith(Warning, StringComparison.Ordinal))
        {
            display.Warn(text[Warning.Length..].TrimEnd());
        }
        else if (!Asides.Any(aside => text.StartsWith(aside, StringComparison.Ordinal)))
        {
            display.Write(_step, text);
        }
        else
        {
            _endsLine = !text.EndsWith('\n');
            if (text.StartsWith("Successfully built ", StringComparison.Ordinal))
                display.Complete(_step);
        }
    }

    [GeneratedRegex(@"^Step ([0-9]{1,6})/([0-9]{1,6}) : (.*)", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex StepLine();

    [GeneratedRegex(@"^ ---> [0-9a-f]{12}\n?$", RegexOptions.CultureInvariant)]
    private static partial Regex LayerLine();
}

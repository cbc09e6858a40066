using System.Globalization;
using System.Text.Json.Nodes;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Terminals;

namespace ContainerKit.Cli.Images;

/// <summary>
/// What an engine reports of a transfer: on a terminal a line for each layer, with a bar, that is drawn again and again; otherwise a line for each stage.
/// </summary>
/// <param name="output">Where to.</param>
/// <param name="size">Asked for the size of the terminal before every line; null without one.</param>
internal sealed class ProgressDisplay(TextWriter output, Func<TerminalSize?> size)
{
    private const int BarWidth = 50;
    private const int NarrowTerminal = 110;

    private readonly Dictionary<string, int> _rows = new(StringComparer.Ordinal);
    private int _lines;

    /// <summary>For the terminal of this process, if it writes there.</summary>
    public static ProgressDisplay For(TextWriter output) => new(output, output != TextWriter.Null && TerminalStyle.CanRedraw ? TerminalStyle.GetSizeOfOutput : static () => null);

    /// <summary>Shows everything of an answer until its end.</summary>
    /// <param name="lines">The answer.</param>
    /// <param name="result">Gets what is meant for the command and not for its user; null for nothing.</param>
    /// <exception cref="DockerErrorException">The engine gave up.</exception>
    public async Task ShowAsync(IAsyncEnumerable<JsonNode> lines, Action<JsonNode>? result = null)
    {
        await foreach (JsonNode line in lines.ConfigureAwait(false))
        {
            if (line.Text("error") is string error)
                throw new DockerErrorException((int)(line["errorDetail"]).Number("code"), (line["errorDetail"]).Text("message") ?? error);
            if (line["aux"] is { } aux)
                result?.Invoke(aux);
            else if (line.Text("stream") is string text)
                await WriteAsync(text).ConfigureAwait(false);
            else if (line.Text("status") is string status)
                await ShowAsync(status, line.Text("id") ?? "", line["progressDetail"]).ConfigureAwait(false);
        }
    }

    /// <summary>One message, as a line of its own or in the place of the last one about the same thing.</summary>
    public async Task ShowAsync(string status, string id, JsonNode? detail)
    {
        long current = detail.Number("current");
        long total = detail.Number("total");
        bool isStep = current > 0 || total > 0;
        if (size() is not { } terminal)
        {
            // A file gets what began and what ended, not every step in between.
            if (!isStep)
                await output.WriteLineAsync(id.Length > 0 ? $"{id}: {status}" : status).ConfigureAwait(false);
            return;
        }

        string text = id.Length == 0 ? status : $"{id}: {status}{(isStep ? $" {Bar(current, total, terminal.Columns)}" : "")}";
        if (id.Length > 0)
            text = HumanText.Shorten(text, Math.Max(terminal.Columns - 1, 1)); // one that wraps would be two lines
        if (id.Length == 0 || detail is null || !_rows.TryGetValue(id, out int row))
        {
            if (id.Length > 0 && detail is not null)
                _rows.Add(id, _lines);
            _lines += LinesOf(text, terminal.Columns);
            await output.WriteAsync($"{text}\n").ConfigureAwait(false);
            return;
        }

        int up = _lines - row;
        if (up >= terminal.Rows)
            return; // it has scrolled away
        await output.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"\u001b[{up}A\r{text}\u001b[K\u001b[{up}B\r")).ConfigureAwait(false);
        await output.FlushAsync().ConfigureAwait(false);
    }

    private Task WriteAsync(string text)
    {
        if (size() is { } terminal)
            _lines += text.Split('\n')[..^1].Sum(line => LinesOf(line, terminal.Columns));
        return output.WriteAsync(text);
    }

    /// <summary>How many lines of the terminal it takes: a digest is wider than narrow ones.</summary>
    private static int LinesOf(string text, int columns) => Math.Max((text.Length + columns - 1) / columns, 1);

    /// <summary><c>[====>    ]  1.2MB/3.4MB</c>; without the bar on a narrow terminal.</summary>
    internal static string Bar(long current, long total, int columns)
    {
        string numbers = total > 0 ? $"{HumanText.Size(Math.Min(current, total)),8}/{HumanText.Size(total)}" : $"{HumanText.Size(current),8}";
        if (total <= 0 || columns < NarrowTerminal)
            return numbers;
        int filled = (int)(Math.Clamp((double)current / total, 0, 1) * BarWidth);
        return $"[{new string('=', Math.Max(filled - 1, 0))}{(filled > 0 ? ">" : "")}{new string(' ', BarWidth - filled)}] {numbers}";
    }
}

using System.Globalization;
using System.Text;
using ContainerKit.Cli.Output;

namespace ContainerKit.Cli.Builds;

/// <summary>A build as it is at a moment, as the lines of a terminal.</summary>
internal sealed class BuildFrame
{
    private const int KeptLines = 200;
    private const int ShownLines = 6;
    private const int NarrowestText = 10;

    private readonly List<Step> _steps = [];
    private readonly List<(string Id, string Status, long Current, long Total)> _transfers = [];
    private readonly List<string> _warnings = [];
    private int _total;

    private enum StepState
    {
        Running,
        Cached,
        Complete,
        Failed,
    }

    public IReadOnlyList<string> Warnings => _warnings;

    public void Start(int number, int total, string text, TimeSpan now)
    {
        _total = total;
        _steps.RemoveAll(step => step.Number == number);
        _steps.Add(new Step(number, text, now));
        _transfers.Clear();
    }

    public void Cached(int number, TimeSpan now) => End(number, StepState.Cached, now);

    public void Complete(int number, TimeSpan now) => End(number, StepState.Complete, now);

    public void Fail(int number, TimeSpan now) => End(number, StepState.Failed, now);

    public void Write(int number, string text) => Find(number)?.Write(text);

    public void Warn(string message) => _warnings.Add(Printable(message));

    public void Transfer(string id, string status, long current, long total)
    {
        int index = _transfers.FindIndex(transfer => transfer.Id == id);
        if (index < 0)
            _transfers.Add((Printable(id), Printable(status), current, total));
        else
            _transfers[index] = (_transfers[index].Id, Printable(status), current, total);
    }

    /// <summary>The lines, none of which is wider than the terminal, and no more than it has.</summary>
    /// <param name="now">The time since the build began.</param>
    /// <param name="rows">The terminal's height.</param>
    /// <param name="columns">Its width.</param>
    /// <param name="isColoured">True: with colours.</param>
    /// <param name="isEnd">True: nothing follows.</param>
    public List<string> Draw(TimeSpan now, int rows, int columns, bool isColoured, bool isEnd)
    {
        int done = _steps.Count(step => step.State is StepState.Cached or StepState.Complete);
        List<string> lines = [];
        foreach (Step step in _steps)
        {
            string text = $"{(step.State == StepState.Cached ? "CACHED " : step.State == StepState.Failed ? "ERROR " : "")}[{step.Number}/{_total}] {step.Text}";
            string line = Timed($" => {text}", (step.Ended ?? now) - step.Started, columns);
            string colour = step.State switch { StepState.Failed => "31", StepState.Running => "", _ => "34" };
            lines.Add(isColoured && colour.Length > 0 ? $"\u001b[{colour}m{line}\u001b[0m" : line);
            if (step.State == StepState.Running && !isEnd)
                lines.AddRange(step.Lines.TakeLast(ShownLines).Select(each => Cut($" => => # {each}", columns)));
        }

        if (!isEnd)
            lines.AddRange(_transfers.Select(each => Cut($" => => {(each.Id.Length > 0 ? $"{each.Id} " : "")}{each.Status}{(each.Total > 0 ? $" {HumanText.Size(each.Current)} / {HumanText.Size(each.Total)}" : "")}", columns)));

        // What is at the end is what happens now; the whole is shown when it is over, and may then scroll away.
        int room = Math.Max(rows - 2, 1);
        if (!isEnd && lines.Count > room)
            lines.RemoveRange(0, lines.Count - room);
        lines.Insert(0, Cut(string.Create(CultureInfo.InvariantCulture, $"[+] Building {now.TotalSeconds:F1}s ({done}/{_total}){(isEnd ? " FINISHED" : "")}"), columns));
        return lines;
    }

    /// <summary>What the steps that failed have written.</summary>
    public IEnumerable<string> DescribeFailures()
    {
        foreach (Step step in _steps.Where(step => step.State == StepState.Failed && step.Lines.Any()))
        {
            yield return "------";
            yield return $" > [{step.Number}/{_total}] {step.Text}:";
            foreach (string line in step.Lines)
                yield return line;
            yield return "------";
        }
    }

    /// <summary>What a container writes does not move the cursor of this terminal.</summary>
    private static string Printable(string line)
    {
        int overwritten = line.TrimEnd('\r').LastIndexOf('\r');
        var text = new StringBuilder(line.Length);
        bool isSequence = false;
        foreach (char c in line.AsSpan(overwritten + 1))
        {
            if (isSequence)
                isSequence = c == '[' || !char.IsAsciiLetter(c);
            else if (c == '\u001b')
                isSequence = true;
            else if (c == '\t')
                text.Append("    ");
            else if (!char.IsControl(c))
                text.Append(c);
        }

        return text.ToString();
    }

    private static string Timed(string text, TimeSpan time, int columns)
    {
        string seconds = string.Create(CultureInfo.InvariantCulture, $" {time.TotalSeconds:F1}s");
        int width = columns - 1 - seconds.Length;
        return width < NarrowestText ? Cut(text, columns) : Cut(text, width + 1).PadRight(width) + seconds;
    }

    /// <summary>The last column stays empty: some terminals go to the next line already when something is there.</summary>
    private static string Cut(string text, int columns) => HumanText.Shorten(text, Math.Max(columns - 1, 1));

    private Step? Find(int number) => _steps.Find(step => step.Number == number);

    private void End(int number, StepState state, TimeSpan now)
    {
        if (Find(number) is not { Ended: null } step)
            return;
        step.State = state;
        step.Ended = now;
        _transfers.Clear();
    }

    private sealed class Step(int number, string text, TimeSpan started)
    {
        private readonly Queue<string> _lines = new();
        private readonly StringBuilder _open = new();

        public int Number => number;

        public string Text { get; } = Printable(text.ReplaceLineEndings(" "));

        public TimeSpan Started => started;

        public TimeSpan? Ended { get; set; }

        public StepState State { get; set; }

        public IEnumerable<string> Lines => _open.Length > 0 ? _lines.Append(Printable(_open.ToString())) : _lines;

        public void Write(string text)
        {
            foreach (char c in text)
            {
                if (c != '\n' && _open.Length < ushort.MaxValue)
                {
                    _open.Append(c);
                    continue;
                }

                _lines.Enqueue(Printable(_open.ToString()));
                _open.Clear();
                if (_lines.Count > KeptLines)
                    _lines.Dequeue();
            }
        }
    }
}

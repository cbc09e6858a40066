namespace ContainerKit.Cli.Builds;

/// <summary>A line for everything that happens, for files and pipes.</summary>
internal sealed class PlainBuildDisplay(TextWriter output) : BuildDisplay
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, int> _totals = [];
    private readonly Dictionary<string, string> _transfers = new(StringComparer.Ordinal);
    private bool _isInLine;

    public override void Start(int number, int total, string text)
    {
        lock (_gate)
        {
            _totals[number] = total;
            WriteLine($"[{number}/{total}] {text}");
        }
    }

    public override void Cached(int number)
    {
        lock (_gate)
            WriteLine($"[{number}/{_totals.GetValueOrDefault(number)}] cached");
    }

    public override void Complete(int number)
    {
    }

    public override void Fail(int number)
    {
    }

    public override void Write(int number, string text)
    {
        lock (_gate)
        {
            output.Write(text);
            _isInLine = text.Length > 0 ? text[^1] != '\n' : _isInLine;
        }
    }

    public override void Transfer(string id, string status, long current, long total)
    {
        lock (_gate)
        {
            if (_transfers.TryGetValue(id, out string? known) && known == status)
                return;
            _transfers[id] = status;
            WriteLine(id.Length > 0 ? $"{id}: {status}" : status);
        }
    }

    public override void Warn(string message)
    {
        lock (_gate)
            WriteLine($"warning: {message}");
    }

    public override async ValueTask DisposeAsync() => await output.FlushAsync().ConfigureAwait(false);

    private void WriteLine(string line)
    {
        if (_isInLine)
            output.WriteLine();
        _isInLine = false;
        output.WriteLine(line);
    }
}

using System.Globalization;
using System.Text;

namespace ContainerKit.Cli.Builds;

/// <summary>A line for every step, with its time, what it writes below it while it runs, drawn again and again.</summary>
internal sealed class TerminalBuildDisplay : BuildDisplay
{
    private const int DefaultRows = 24;
    private const int DefaultColumns = 80;

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(150);

    private readonly Lock _gate = new();
    private readonly TextWriter _output;
    private readonly TimeProvider _clock;
    private readonly Func<TerminalSize?> _size;
    private readonly bool _isColoured;
    private readonly BuildFrame _frame = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly long _begin;
    private readonly Task _drawing;
    private int _drawn;

    /// <param name="output">The terminal.</param>
    /// <param name="clock">What times are taken by.</param>
    /// <param name="size">Asked before every drawing; null: 80 by 24.</param>
    /// <param name="isColoured">True: with colours.</param>
    public TerminalBuildDisplay(TextWriter output, TimeProvider clock, Func<TerminalSize?> size, bool isColoured)
    {
        _output = output;
        _clock = clock;
        _size = size;
        _isColoured = isColoured;
        _begin = clock.GetTimestamp();
        _drawing = DrawAsync();
    }

    private TimeSpan Now => _clock.GetElapsedTime(_begin);

    public override void Start(int number, int total, string text) => Change(() => _frame.Start(number, total, text, Now));

    public override void Cached(int number) => Change(() => _frame.Cached(number, Now));

    public override void Complete(int number) => Change(() => _frame.Complete(number, Now));

    public override void Fail(int number) => Change(() => _frame.Fail(number, Now));

    public override void Write(int number, string text) => Change(() => _frame.Write(number, text));

    public override void Transfer(string id, string status, long current, long total) => Change(() => _frame.Transfer(id, status, current, total));

    public override void Warn(string message) => Change(() => _frame.Warn(message));

    public override async ValueTask DisposeAsync()
    {
        if (_ended.IsCancellationRequested)
            return;
        await _ended.CancelAsync().ConfigureAwait(false);
        await _drawing.ConfigureAwait(false);
        lock (_gate)
        {
            Draw(isEnd: true);
            foreach (string line in _frame.DescribeFailures().Concat(_frame.Warnings.Select(warning => $"warning: {warning}")))
                _output.WriteLine(line);
            _output.Flush();
        }

        _ended.Dispose();
    }

    private void Change(Action change)
    {
        lock (_gate)
            change();
    }

    private async Task DrawAsync()
    {
        using var timer = new PeriodicTimer(Period, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token).ConfigureAwait(false))
            {
                lock (_gate)
                    Draw(isEnd: false);
            }
        }
        catch (OperationCanceledException)
        {
            // The end is drawn by who ends it.
        }
    }

    private void Draw(bool isEnd)
    {
        TerminalSize size = _size() ?? new TerminalSize(DefaultRows, DefaultColumns);
        var text = new StringBuilder();
        if (_drawn > 0)
            text.Append(CultureInfo.InvariantCulture, $"\u001b[{_drawn}A\r");
        List<string> lines = _frame.Draw(Now, size.Rows, size.Columns, _isColoured, isEnd);
        foreach (string line in lines)
            text.Append(line).Append("\u001b[K\n");
        _output.Write(text.Append("\u001b[J"));
        _output.Flush();
        _drawn = lines.Count;
    }
}

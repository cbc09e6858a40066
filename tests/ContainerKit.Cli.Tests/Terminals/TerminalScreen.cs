using System.Globalization;
using System.Text;
using Xunit;

namespace ContainerKit.Cli.Tests.Terminals;

/// <summary>What a terminal shows at the end: lines that wrap at its width, and the sequences that ckit uses. Any other sequence fails.</summary>
internal sealed class TerminalScreen
{
    /// <summary>Keys send other sequences, which nothing here is: what .NET says once when it first writes to a terminal.</summary>
    private const string KeyMode = "\u001b[?1h\u001b=";

    private readonly List<StringBuilder> _lines = [new()];
    private readonly int _columns;
    private int _row;
    private int _column;

    public TerminalScreen(string shown, int columns)
    {
        _columns = columns;
        int start = shown.IndexOf(KeyMode, StringComparison.Ordinal);
        if (start >= 0)
            shown = shown.Remove(start, KeyMode.Length);
        for (int i = 0; i < shown.Length; i++)
        {
            switch (shown[i])
            {
                case '\r':
                    _column = 0;
                    break;
                case '\n':
                    Move(1);
                    break;
                case '\u001b':
                    i = Sequence(shown, i + 1);
                    break;
                default:
                    Put(shown[i]);
                    break;
            }
        }
    }

    /// <summary>Where writing goes on.</summary>
    public (int Row, int Column) Cursor => (_row, _column);

    /// <summary>Without the blanks at their ends.</summary>
    public string[] Lines => [.. _lines.Select(line => line.ToString().TrimEnd())];

    private int Sequence(string shown, int start)
    {
        int end = start + 1;
        while (end < shown.Length && char.IsAsciiDigit(shown[end]))
            end++;
        if (shown[start] != '[' || end == shown.Length)
            throw new FormatException($"No sequence that is known: {shown[start..]}");
        string number = shown[(start + 1)..end];
        int count = number.Length == 0 ? 1 : int.Parse(number, CultureInfo.InvariantCulture);
        switch (shown[end])
        {
            case 'A':
                Assert.True(count <= _row, "above the first line");
                _row -= count;
                break;
            case 'B':
                Assert.True(_row + count < _lines.Count, "below the last line");
                _row += count;
                break;
            case 'K' when number.Length == 0:
                _lines[_row].Length = Math.Min(_lines[_row].Length, _column);
                break;
            default:
                throw new FormatException($"No sequence that is known: {shown[start..(end + 1)]}");
        }

        return end;
    }

    private void Put(char character)
    {
        if (_column == _columns)
        {
            Move(1);
            _column = 0;
        }

        StringBuilder line = _lines[_row];
        if (line.Length <= _column)
            line.Append(' ', _column + 1 - line.Length);
        line[_column++] = character;
    }

    private void Move(int rows)
    {
        _row += rows;
        while (_lines.Count <= _row)
            _lines.Add(new StringBuilder());
    }
}

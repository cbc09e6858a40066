using System.Globalization;

namespace ContainerKit.Builds.Execution;

/// <summary>The value of --chmod: octal digits, or chmod(1)'s <c>u=rwX,go=rX</c>.</summary>
internal sealed class FileModeChange
{
    private const uint Execute = 0x49; // 0111

    private readonly uint? _mode;
    private readonly List<(uint Who, char Operator, string Permissions)> _clauses = [];

    private FileModeChange(uint? mode) => _mode = mode;

    /// <exception cref="FormatException">It is neither.</exception>
    public static FileModeChange Parse(string text)
    {
        if (text.Length is > 0 and <= 5 && text.All(digit => digit is >= '0' and <= '7'))
        {
            uint mode = Convert.ToUInt32(text, 8);
            return mode <= 0xFFF ? new FileModeChange(mode) : throw Bad(text);
        }
        var change = new FileModeChange(null);
        foreach (string clause in text.Split(','))
        {
            int at = clause.AsSpan().IndexOfAny('=', '+', '-');
            if (at < 0)
            {
                throw Bad(text);
            }
            uint who = 0;
            foreach (char c in clause.AsSpan(0, at))
            {
                who |= c switch
                {
                    'u' => 0x1C0u,
                    'g' => 0x38u,
                    'o' => 0x7u,
                    'a' => 0x1FFu,
                    _ => throw Bad(text),
                };
            }
            who = who == 0 ? 0x1FF : who;
            for (int i = at; i < clause.Length;)
            {
                char op = clause[i++];
                if (op is not ('=' or '+' or '-'))
                {
                    throw Bad(text);
                }
                int end = clause.AsSpan(i).IndexOfAny('=', '+', '-');
                string permissions = end < 0 ? clause[i..] : clause.Substring(i, end);
                if (permissions.Any(c => c is not ('r' or 'w' or 'x' or 'X' or 's' or 't' or 'u' or 'g' or 'o')))
                {
                    throw Bad(text);
                }
                change._clauses.Add((who, op, permissions));
                i += permissions.Length;
            }
        }
        return change;
    }

    /// <summary>The mode that a file gets.</summary>
    public uint Apply(uint mode, bool isDirectory)
    {
        if (_mode is { } given)
        {
            return given;
        }
        foreach ((uint who, char op, string permissions) in _clauses)
        {
            uint bits = 0;
            foreach (char c in permissions)
            {
                bits |= c switch
                {
                    'r' => 0x124u & who,
                    'w' => 0x92u & who,
                    'x' => Execute & who,
                    'X' => isDirectory || (mode & Execute) != 0 ? Execute & who : 0,
                    's' => ((who & 0x1C0) != 0 ? 0x800u : 0) | ((who & 0x38) != 0 ? 0x400u : 0),
                    't' => 0x200u,
                    'u' => Spread(mode >> 6) & who,
                    'g' => Spread(mode >> 3) & who,
                    _ => Spread(mode) & who,
                };
            }
            mode = op switch
            {
                '+' => mode | bits,
                '-' => mode & ~bits,
                _ => (mode & ~who) | bits,
            };
        }
        return mode & 0xFFF;
    }

    private static uint Spread(uint three) => ((three & 7) << 6) | ((three & 7) << 3) | (three & 7);

    private static FormatException Bad(string text) => new(string.Create(CultureInfo.InvariantCulture, $"--chmod={text} is not allowed: expected octal digits such as 755, or a change such as u=rwX,go=rX."));
}

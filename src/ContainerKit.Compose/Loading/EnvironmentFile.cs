using System.Text;
using ContainerKit.Compose.Yaml;

namespace ContainerKit.Compose.Loading;

/// <summary>
/// Reads <c>.env</c> files: <c>NAME=value</c>, <c>export NAME=value</c>, comments, values in single quotes (taken literally) and double quotes (with
/// escapes and variables, over several lines), and a name alone, which stands for the variable of the project.
/// </summary>
internal sealed class EnvironmentFile
{
    private readonly string _file;
    private readonly string _text;
    private readonly ProjectEnvironment _known;
    private int _position;
    private int _line = 1;

    private EnvironmentFile(string file, string text, ProjectEnvironment known)
    {
        _file = file;
        _text = text.ReplaceLineEndings("\n");
        _known = known;
    }

    /// <param name="file">For messages.</param>
    /// <param name="text">The content.</param>
    /// <param name="environment">What variables in values mean, besides earlier lines.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> Read(string file, string text, ProjectEnvironment environment)
        => new EnvironmentFile(file, text, environment.Copy()).Read();

    /// <summary>The raw format: what follows the equals sign is the value, as it is.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> ReadRaw(string text)
        => [.. text.ReplaceLineEndings("\n").Split('\n')
            .Select(line => line.TrimStart())
            .Where(line => line.Length > 0 && line[0] != '#' && line.IndexOf('=', StringComparison.Ordinal) > 0)
            .Select(line => line.Split('=', 2))
            .Select(parts => KeyValuePair.Create(parts[0], parts[1]))];

    private List<KeyValuePair<string, string>> Read()
    {
        List<KeyValuePair<string, string>> result = [];
        var interpolation = new Interpolation(_known);
        HashSet<string> own = new(StringComparer.Ordinal);
        while (SkipToName())
        {
            string name = ReadName();
            string? value = ReadValue(interpolation);
            if ((value ?? _known.Find(name)) is not { } known)
                continue;
            result.Add(KeyValuePair.Create(name, known));

            // In later lines the caller's variable is meant where there is one.
            if (value is not null && (own.Contains(name) || _known.Find(name) is null))
            {
                own.Add(name);
                _known.Set(name, value);
            }
        }

        return result;
    }

    private bool SkipToName()
    {
        while (_position < _text.Length)
        {
            char c = _text[_position];
            if (c == '#')
                SkipLine();
            else if (char.IsWhiteSpace(c))
                Advance();
            else
                return true;
        }

        return false;
    }

    private string ReadName()
    {
        const string export = "export ";
        if (string.CompareOrdinal(_text, _position, export, 0, export.Length) == 0)
            _position += export.Length;
        int start = _position;
        while (_position < _text.Length && _text[_position] is not ('=' or '\n' or '#' or ' ' or '\t'))
            _position++;
        string name = _text[start.._position];
        while (_position < _text.Length && _text[_position] is ' ' or '\t')
            _position++;
        return name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-') ? name : throw Error($"'{name}' is no name of a variable");
    }

    /// <summary>Null: there is a name alone.</summary>
    private string? ReadValue(Interpolation interpolation)
    {
        if (_position >= _text.Length || _text[_position] is '\n' or '#')
        {
            SkipLine();
            return null;
        }

        if (_text[_position] != '=')
            throw Error("expected NAME=value");
        _position++;
        while (_position < _text.Length && _text[_position] is ' ' or '\t')
            _position++;
        if (_position >= _text.Length)
            return "";
        switch (_text[_position])
        {
            case '\'':
                return ReadQuoted('\'');
            case '"':
                return interpolation.Expand(ReadQuoted('"'), Error);
            default:
                int end = _text.IndexOf('\n', _position) is var newLine and >= 0 ? newLine : _text.Length;
                string value = _text[_position..end];
                _position = end;

                // A comment begins after a space: a#b is a value.
                int comment = value.StartsWith('#') ? 0 : value.IndexOf(" #", StringComparison.Ordinal);
                return interpolation.Expand((comment < 0 ? value : value[..comment]).Trim(), Error);
        }
    }

    private string ReadQuoted(char quote)
    {
        int line = _line;
        var result = new StringBuilder();
        for (_position++; _position < _text.Length; Advance())
        {
            char c = _text[_position];
            if (c == quote)
            {
                _position++;
                SkipLine();
                return result.ToString();
            }

            if (c == '\\' && quote == '"' && _position + 1 < _text.Length)
            {
                Advance();
                result.Append(Unescape(_text[_position]));
            }
            else
            {
                result.Append(c);
            }
        }

        throw new YamlPosition(_file, line).Error("", "a quotation is not closed");
    }

    private static string Unescape(char c) => c switch
    {
        'n' => "\n",
        'r' => "\r",
        't' => "\t",

        // Not the begin of a variable.
        '$' => "$$",
        '"' or '\\' or '\'' => c.ToString(),
        _ => $"\\{c}",
    };

    private void SkipLine()
    {
        while (_position < _text.Length && _text[_position] != '\n')
            _position++;
    }

    private void Advance()
    {
        if (_text[_position++] == '\n')
            _line++;
    }

    private ComposeFileException Error(string reason) => new YamlPosition(_file, _line).Error("", reason);
}

using System.Text;

namespace ContainerKit.Builds.Parsing;

/// <summary>Expands variables and removes quotes as Dockerfiles have it. One instance sees one snapshot of the environment.</summary>
/// <param name="lookUp">The value of a variable; null where it is not set.</param>
/// <param name="escape">The file's escape character.</param>
internal sealed class WordExpander(Func<string, string?> lookUp, char escape)
{
    /// <summary>A variable may hold itself twice, and its successor that, and so on.</summary>
    internal const int MaxLength = 1 << 20;

    private const int MaxDepth = 50;

    /// <summary>The names that were looked up and not found.</summary>
    public HashSet<string> Missing { get; } = new(StringComparer.Ordinal);

    /// <summary>One word: quotes are removed, blanks stay.</summary>
    /// <exception cref="FormatException">It is malformed, or <c>${v:?…}</c> says so.</exception>
    public string Expand(string text) => new Run(this, text).ReadAll();

    /// <summary>As <see cref="Expand"/>; what variables hold is split at blanks outside of quotes.</summary>
    public IReadOnlyList<string> ExpandWords(string text) => new Run(this, text).ReadWords();

    /// <summary>Variables only: quotes stay, the escape protects <c>$</c> and itself; for here-documents and mount options.</summary>
    public string ExpandVariables(string text) => new Run(this, text) { KeepsQuotes = true }.ReadAll();

    private sealed class Run(WordExpander owner, string text)
    {
        private readonly StringBuilder _result = new();
        private readonly List<string> _words = [];
        private int _position;
        private int _depth;
        private bool _splits;
        private bool _inWord;

        public bool KeepsQuotes { get; init; }

        private bool IsAtEnd => _position >= text.Length;

        private char Current => text[_position];

        public string ReadAll()
        {
            Read(_result, '\0');
            return _result.ToString();
        }

        public List<string> ReadWords()
        {
            _splits = true;
            Read(_result, '\0');
            Flush();
            return _words;
        }

        private void Flush()
        {
            if (_inWord || _result.Length > 0)
            {
                _words.Add(_result.ToString());
            }
            _result.Clear();
            _inWord = false;
        }

        /// <summary>Up to the end, or to the character that stops.</summary>
        private void Read(StringBuilder result, char stop)
        {
            while (!IsAtEnd)
            {
                char c = Current;
                if (stop != '\0' && c == stop)
                {
                    _position++;
                    return;
                }
                if (c == '\'' && !KeepsQuotes)
                {
                    ReadSingleQuoted(result);
                }
                else if (c == '"' && !KeepsQuotes)
                {
                    ReadDoubleQuoted(result);
                }
                else if (c == '$')
                {
                    _position++;
                    AppendValue(result, ReadVariable());
                }
                else if (c == owner.Escape)
                {
                    ReadEscaped(result);
                }
                else if (_splits && _depth == 0 && char.IsWhiteSpace(c))
                {
                    _position++;
                    Flush();
                }
                else
                {
                    result.Append(c);
                    _position++;
                }
                RequireBounds(result);
            }
            if (stop != '\0')
            {
                throw new FormatException($"'{Shorten(text)}' ends where '{stop}' is expected.");
            }
        }

        private void ReadEscaped(StringBuilder result)
        {
            _position++;
            if (KeepsQuotes && (IsAtEnd || (Current != '$' && Current != owner.Escape)))
            {
                result.Append(owner.Escape);
                return;
            }
            if (!IsAtEnd)
            {
                result.Append(Current);
                _position++;
            }
        }

        /// <summary>What a variable holds is split where it is not quoted.</summary>
        private void AppendValue(StringBuilder result, string value)
        {
            if (!_splits || _depth > 0)
            {
                result.Append(value);
                return;
            }
            foreach (char c in value)
            {
                if (char.IsWhiteSpace(c))
                {
                    Flush();
                }
                else
                {
                    result.Append(c);
                }
            }
        }

        private void ReadSingleQuoted(StringBuilder result)
        {
            int end = text.IndexOf('\'', _position + 1);
            if (end < 0)
            {
                throw new FormatException($"'{Shorten(text)}' has a single quote that is not closed.");
            }
            result.Append(text, _position + 1, end - _position - 1);
            _position = end + 1;
            _inWord = true;
        }

        private void ReadDoubleQuoted(StringBuilder result)
        {
            _position++;
            _inWord = true;
            while (!IsAtEnd)
            {
                char c = Current;
                _position++;
                if (c == '"')
                {
                    return;
                }
                if (c == '$')
                {
                    result.Append(ReadVariable());
                }
                else if (c == owner.Escape && !IsAtEnd && (Current is '"' or '$' || Current == owner.Escape))
                {
                    result.Append(Current);
                    _position++;
                }
                else
                {
                    result.Append(c);
                }
                RequireBounds(result);
            }
            throw new FormatException($"'{Shorten(text)}' has a double quote that is not closed.");
        }

        private string ReadVariable()
        {
            if (IsAtEnd)
            {
                return "$";
            }
            if (Current != '{')
            {
                string plain = ReadName();
                return plain.Length == 0 ? "$" : owner.Find(plain) ?? "";
            }
            _position++;
            string name = ReadName();
            if (name.Length == 0 || IsAtEnd)
            {
                throw Bad();
            }
            char c = Current;
            _position++;
            switch (c)
            {
                case '}':
                    return owner.Find(name) ?? "";
                case ':':
                    if (IsAtEnd || Current is not ('+' or '-' or '?'))
                    {
                        throw Bad();
                    }
                    return ReadAlternative(name, text[_position++], emptyCounts: false);
                case '+' or '-' or '?':
                    return ReadAlternative(name, c, emptyCounts: true);
                case '#' or '%':
                    bool isGreedy = !IsAtEnd && Current == c;
                    _position += isGreedy ? 1 : 0;
                    string pattern = ReadNested('}', keepsEscapes: true);
                    string value = owner.Find(name) ?? "";
                    return c == '#' ? ShellPattern.RemovePrefix(value, pattern, isGreedy) : ShellPattern.RemoveSuffix(value, pattern, isGreedy);
                case '/':
                    bool isAll = !IsAtEnd && Current == '/';
                    _position += isAll ? 1 : 0;
                    string wanted = ReadNested('/', keepsEscapes: true);
                    string replacement = ReadNested('}');
                    return ShellPattern.Replace(owner.Find(name) ?? "", wanted, replacement, isAll);
                default:
                    throw Bad();
            }
        }

        private string ReadAlternative(string name, char modifier, bool emptyCounts)
        {
            string word = ReadNested('}');
            string? value = owner.LookUp(name);
            bool isSet = value is not null && (emptyCounts || value.Length > 0);
            return modifier switch
            {
                '+' => isSet ? word : "",
                '-' => isSet ? value! : word,
                _ => isSet ? value! : throw new FormatException($"{name}: {(word.Length > 0 ? word : emptyCounts ? "is not allowed to be unset" : "is not allowed to be empty")}"),
            };
        }

        private string ReadNested(char stop, bool keepsEscapes = false)
        {
            if (++_depth > MaxDepth)
            {
                throw new FormatException($"'{Shorten(text)}' has variables that are nested more than {MaxDepth} deep.");
            }
            var word = new StringBuilder();
            if (keepsEscapes)
            {
                ReadPattern(word, stop);
            }
            else
            {
                Read(word, stop);
            }
            _depth--;
            return word.ToString();
        }

        /// <summary>In a pattern an escape protects the next character from being a wildcard, so it stays.</summary>
        private void ReadPattern(StringBuilder word, char stop)
        {
            while (!IsAtEnd && Current != stop)
            {
                if (Current == owner.Escape && _position + 1 < text.Length)
                {
                    word.Append('\\').Append(text[_position + 1]);
                    _position += 2;
                }
                else if (Current == '$')
                {
                    _position++;
                    word.Append(ReadVariable());
                }
                else if (Current is '\'' or '"' && !KeepsQuotes)
                {
                    char quote = Current;
                    int end = text.IndexOf(quote, _position + 1);
                    if (end < 0)
                    {
                        throw new FormatException($"'{Shorten(text)}' has a quote that is not closed.");
                    }
                    word.Append(text, _position + 1, end - _position - 1);
                    _position = end + 1;
                }
                else
                {
                    word.Append(Current);
                    _position++;
                }
                RequireBounds(word);
            }
            if (IsAtEnd)
            {
                throw new FormatException($"'{Shorten(text)}' ends where '{stop}' is expected.");
            }
            _position++;
        }

        /// <summary>A name, a number, or one of the shell's special parameters.</summary>
        private string ReadName()
        {
            int start = _position;
            if (!IsAtEnd && char.IsAsciiDigit(Current))
            {
                while (!IsAtEnd && char.IsAsciiDigit(Current))
                {
                    _position++;
                }
                return text[start.._position];
            }
            if (!IsAtEnd && Current is '@' or '*' or '#' or '?' or '-' or '$' or '!')
            {
                _position++;
                return text[start.._position];
            }
            while (!IsAtEnd && (char.IsLetterOrDigit(Current) || Current == '_'))
            {
                _position++;
            }
            return text[start.._position];
        }

        private FormatException Bad() => new($"'{Shorten(text)}' has a variable with a modifier that is not supported: expected ${{name}}, or ${{name}} with :-, -, :+, +, :?, ?, #, ##, %, %%, / or //.");

        private static void RequireBounds(StringBuilder result)
        {
            if (result.Length > MaxLength)
            {
                throw new FormatException($"A value grows beyond {MaxLength} characters.");
            }
        }

        private static string Shorten(string text) => text.Length > 100 ? text[..100] + "…" : text;
    }

    private char Escape => escape;

    private string? LookUp(string name) => lookUp(name);

    private string? Find(string name)
    {
        string? value = lookUp(name);
        if (value is null)
        {
            Missing.Add(name);
        }
        return value;
    }
}

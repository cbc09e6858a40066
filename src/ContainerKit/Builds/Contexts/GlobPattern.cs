namespace ContainerKit.Builds.Contexts;

/// <summary>
/// A pattern of paths: <c>*</c>, <c>?</c> and <c>[…]</c> as Go's filepath.Match has them, none of which matches a slash, and where that is asked
/// for <c>**</c>, which does. Matching takes time in proportion to pattern and path, whatever they are.
/// </summary>
internal sealed class GlobPattern
{
    private enum Kind
    {
        Literal,
        AnyOne,
        Star,
        DoubleStar,

        /// <summary>Nothing, or anything up to a slash: goes to the next state but one, or to the loop behind it.</summary>
        EnterDirectories,
        Directories,
        Class,
    }

    private readonly List<(Kind Kind, char Char, (char From, char To)[] Ranges, bool IsNegated)> _states = [];

    private GlobPattern(string pattern) => Text = pattern;

    /// <summary>The pattern as it was given.</summary>
    public string Text { get; }

    /// <summary>True: nothing in it is special.</summary>
    public bool IsLiteral { get; private set; } = true;

    /// <summary>Parses a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="doubleStars">True: <c>**</c> crosses slashes.</param>
    /// <exception cref="FormatException">A class is not closed, or an escape is at the end.</exception>
    public static GlobPattern Parse(string pattern, bool doubleStars)
    {
        var result = new GlobPattern(pattern);
        for (int i = 0; i < pattern.Length; i++)
        {
            char c = pattern[i];
            result.IsLiteral &= c is not ('*' or '?' or '[' or '\\');
            switch (c)
            {
                case '*' when doubleStars && i + 1 < pattern.Length && pattern[i + 1] == '*':
                    i++;
                    if (i + 1 < pattern.Length && pattern[i + 1] == '/')
                    {
                        i++;
                        result.Add(Kind.EnterDirectories);
                        result.Add(Kind.Directories);
                    }
                    else
                    {
                        result.Add(Kind.DoubleStar);
                    }
                    break;
                case '*':
                    result.Add(Kind.Star);
                    break;
                case '?':
                    result.Add(Kind.AnyOne);
                    break;
                case '[':
                    i = result.AddClass(pattern, i + 1);
                    break;
                case '\\':
                    result.Add(Kind.Literal, ++i < pattern.Length ? pattern[i] : throw new FormatException($"The pattern '{pattern}' ends with an escape."));
                    break;
                default:
                    result.Add(Kind.Literal, c);
                    break;
            }
        }
        return result;
    }

    /// <summary>True when all of the path matches.</summary>
    public bool IsMatch(ReadOnlySpan<char> path) => IsLiteral ? path.SequenceEqual(Text) : Run(path, withParents: false);

    /// <summary>True when all of the path matches, or one of the directories on the way; in one go, since a path may have thousands of them.</summary>
    public bool IsMatchWithParents(ReadOnlySpan<char> path)
        => IsLiteral
            ? path.StartsWith(Text) && Text.Length > 0 && (path.Length == Text.Length || path[Text.Length] == '/')
            : Run(path, withParents: true);

    private bool Run(ReadOnlySpan<char> path, bool withParents)
    {
        Span<bool> states = _states.Count < 256 ? stackalloc bool[_states.Count + 1] : new bool[_states.Count + 1];
        Span<bool> next = _states.Count < 256 ? stackalloc bool[_states.Count + 1] : new bool[_states.Count + 1];
        states[0] = true;
        Advance(states);
        for (int at = 0; at < path.Length; at++)
        {
            char c = path[at];
            if (withParents && at > 0 && c == '/' && states[_states.Count])
            {
                return true;
            }
            next.Clear();
            bool isAlive = false;
            for (int i = 0; i < _states.Count; i++)
            {
                if (states[i])
                {
                    isAlive = true;
                    Step(next, i, c);
                }
            }
            if (!isAlive)
            {
                return false;
            }
            Advance(next);
            next.CopyTo(states);
        }
        return states[_states.Count];
    }

    private void Add(Kind kind, char c = '\0') => _states.Add((kind, c, [], false));

    private int AddClass(string pattern, int i)
    {
        bool isNegated = i < pattern.Length && pattern[i] == '^';
        i += isNegated ? 1 : 0;
        var ranges = new List<(char, char)>();
        while (i < pattern.Length && (pattern[i] != ']' || ranges.Count == 0))
        {
            char from = ReadOne(pattern, ref i);
            char to = from;
            if (i + 1 < pattern.Length && pattern[i] == '-')
            {
                i++;
                to = ReadOne(pattern, ref i);
            }
            ranges.Add((from, to));
        }
        if (i >= pattern.Length)
        {
            throw new FormatException($"The pattern '{pattern}' has a bracket that is not closed.");
        }
        _states.Add((Kind.Class, '\0', [.. ranges], isNegated));
        return i;
    }

    private static char ReadOne(string pattern, ref int i)
    {
        if (pattern[i] is '-' or ']')
        {
            throw new FormatException($"The pattern '{pattern}' has a malformed bracket.");
        }
        i += pattern[i] == '\\' ? 1 : 0;
        return i < pattern.Length ? pattern[i++] : throw new FormatException($"The pattern '{pattern}' has a bracket that is not closed.");
    }

    /// <summary>What needs no character.</summary>
    private void Advance(Span<bool> states)
    {
        for (int i = 0; i < _states.Count; i++)
        {
            if (!states[i])
            {
                continue;
            }
            if (_states[i].Kind is Kind.Star or Kind.DoubleStar)
            {
                states[i + 1] = true;
            }
            else if (_states[i].Kind == Kind.EnterDirectories)
            {
                states[i + 2] = true;
            }
        }
    }

    private void Step(Span<bool> next, int i, char c)
    {
        switch (_states[i].Kind)
        {
            case Kind.Literal:
                next[i + 1] |= c == _states[i].Char;
                break;
            case Kind.AnyOne:
                next[i + 1] |= c != '/';
                break;
            case Kind.Star:
                next[i] |= c != '/';
                break;
            case Kind.DoubleStar:
                next[i] = true;
                break;
            case Kind.EnterDirectories:
                next[i + 1] = true;
                next[i + 2] |= c == '/';
                break;
            case Kind.Directories:
                next[i] = true;
                next[i + 1] |= c == '/';
                break;
            default:
                bool isIn = Array.Exists(_states[i].Ranges, range => c >= range.From && c <= range.To);
                next[i + 1] |= c != '/' && isIn != _states[i].IsNegated;
                break;
        }
    }
}

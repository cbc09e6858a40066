namespace ContainerKit.Filters;

/// <summary>
/// Patterns of names as Docker's <c>reference</c> filter takes them, those of Go's path.Match: <c>*</c> and <c>?</c> don't match a slash,
/// <c>[a-z]</c> and <c>[^a-z]</c> are classes, a backslash takes away a character's meaning.
/// </summary>
internal sealed class NamePattern
{
    private const string Allowed = "a pattern as in alpine:3.*, with * ? [a-z] and \\ for the characters themselves";

    private readonly List<Token> _tokens = [];

    private NamePattern()
    {
    }

    /// <exception cref="ArgumentException">A class is not closed or is empty, or a backslash is the last character.</exception>
    internal static NamePattern Parse(string filter, string text)
    {
        var pattern = new NamePattern();
        for (int i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '*':
                    pattern._tokens.Add(Token.Star);
                    break;
                case '?':
                    pattern._tokens.Add(Token.Any);
                    break;
                case '[':
                    pattern._tokens.Add(ParseClass(text, ref i) ?? throw FilterRules.Invalid(filter, text, Allowed));
                    break;
                case '\\' when i + 1 == text.Length:
                    throw FilterRules.Invalid(filter, text, Allowed);
                default:
                    char literal = text[i] == '\\' ? text[++i] : text[i];
                    pattern._tokens.Add(new Token(false, false, [(literal, literal)]));
                    break;
            }
        }

        return pattern;
    }

    /// <summary>
    /// Whether the whole text matches. Only the last star is ever tried again: what it can't reach, a star before it can't either, because none
    /// crosses a slash. So hostile patterns cost no more than pattern times text.
    /// </summary>
    internal bool IsMatch(string text)
    {
        (int token, int position, int star, int resume) = (0, 0, -1, 0);
        while (position < text.Length)
        {
            if (token < _tokens.Count && _tokens[token].IsStar)
            {
                (star, resume) = (token++, position);
            }
            else if (token < _tokens.Count && _tokens[token].Matches(text[position]))
            {
                token++;
                position++;
            }
            else if (star >= 0 && text[resume] != '/')
            {
                (token, position) = (star + 1, ++resume);
            }
            else
            {
                return false;
            }
        }

        return _tokens.Skip(token).All(rest => rest.IsStar);
    }

    private static Token? ParseClass(string text, ref int i)
    {
        i++;
        bool negated = i < text.Length && text[i] == '^';
        if (negated)
            i++;
        List<(char, char)> ranges = [];
        for (; i < text.Length && (text[i] != ']' || ranges.Count == 0); i++)
        {
            if (ReadCharacter(text, ref i) is not char low)
                return null;
            char high = low;
            if (i + 1 < text.Length && text[i + 1] == '-')
            {
                i += 2;
                if (ReadCharacter(text, ref i) is not char last)
                    return null;
                high = last;
            }

            ranges.Add((low, high));
        }

        return i < text.Length ? new Token(false, negated, ranges) : null;
    }

    private static char? ReadCharacter(string text, ref int i)
    {
        if (i >= text.Length || text[i] is '-' or ']')
            return null;
        if (text[i] == '\\')
            i++;
        return i < text.Length ? text[i] : null;
    }

    private sealed record Token(bool IsStar, bool IsNegated, IReadOnlyList<(char Low, char High)> Ranges)
    {
        internal static Token Star { get; } = new(true, false, []);

        /// <summary>Everything but a slash: negated, without a range.</summary>
        internal static Token Any { get; } = new(false, true, [('/', '/')]);

        internal bool Matches(char c) => Ranges.Any(range => range.Low <= c && c <= range.High) != IsNegated;
    }
}

using System.Globalization;
using System.Text;

namespace ContainerKit.Cli.Templates;

/// <summary>Cuts the text between <c>{{</c> and <c>}}</c> into words.</summary>
internal static class TemplateLexer
{
    /// <exception cref="FormatException">A text is not closed, or a sign has no meaning.</exception>
    public static List<TemplateToken> Read(string action)
    {
        List<TemplateToken> tokens = [];
        bool followsSpace = true;
        for (int i = 0; i < action.Length;)
        {
            char c = action[i];
            if (char.IsWhiteSpace(c))
            {
                followsSpace = true;
                i++;
                continue;
            }

            int start = i;
            TemplateToken token = c switch
            {
                '"' => new(TemplateTokenKind.Text, ReadQuoted(action, ref i), followsSpace),
                '`' => new(TemplateTokenKind.Text, ReadRaw(action, ref i), followsSpace),
                '\'' => new(TemplateTokenKind.Number, ReadCharacter(action, ref i), followsSpace),
                '.' when i + 1 < action.Length && IsNameStart(action[i + 1]) => new(TemplateTokenKind.Field, ReadName(action, ref i, 1), followsSpace),
                '.' => new(TemplateTokenKind.Dot, Advance(ref i, 1, "."), followsSpace),
                '$' => new(TemplateTokenKind.Variable, ReadName(action, ref i, 1), followsSpace),
                ':' when i + 1 < action.Length && action[i + 1] == '=' => new(TemplateTokenKind.Sign, Advance(ref i, 2, ":="), followsSpace),
                '|' or '(' or ')' or ',' or '=' => new(TemplateTokenKind.Sign, Advance(ref i, 1, c.ToString()), followsSpace),
                _ when char.IsAsciiDigit(c) || c is '-' or '+' => new(TemplateTokenKind.Number, ReadNumber(action, ref i), followsSpace),
                _ when IsNameStart(c) => new(TemplateTokenKind.Word, ReadName(action, ref i, 0), followsSpace),
                _ => throw new FormatException($"template parsing error: unexpected '{c}' in '{action}'"),
            };
            if (i == start)
                throw new FormatException($"template parsing error: unexpected '{c}' in '{action}'");
            tokens.Add(token);
            followsSpace = false;
        }

        return tokens;
    }

    private static bool IsNameStart(char c) => char.IsLetter(c) || c == '_';

    private static string Advance(ref int position, int count, string text)
    {
        position += count;
        return text;
    }

    private static string ReadName(string action, ref int position, int skip)
    {
        int start = position + skip;
        int end = start;
        while (end < action.Length && (char.IsLetterOrDigit(action[end]) || action[end] == '_'))
            end++;
        position = end;
        return action[start..end];
    }

    private static string ReadNumber(string action, ref int position)
    {
        int start = position++;
        while (position < action.Length && (char.IsAsciiLetterOrDigit(action[position]) || action[position] is '.' or '_'))
            position++;
        return action[start..position];
    }

    private static string ReadRaw(string action, ref int position)
    {
        int end = action.IndexOf('`', position + 1);
        if (end < 0)
            throw new FormatException("template parsing error: unterminated raw quoted string");
        string text = action[(position + 1)..end];
        position = end + 1;
        return text;
    }

    /// <summary>A character is a number in Go.</summary>
    private static string ReadCharacter(string action, ref int position)
    {
        int end = action.IndexOf('\'', position + 1);
        if (end != position + 2)
            throw new FormatException("template parsing error: unterminated character constant");
        string text = ((int)action[position + 1]).ToString(CultureInfo.InvariantCulture);
        position = end + 1;
        return text;
    }

    private static string ReadQuoted(string action, ref int position)
    {
        var text = new StringBuilder();
        for (int i = position + 1; i < action.Length; i++)
        {
            if (action[i] == '"')
            {
                position = i + 1;
                return text.ToString();
            }

            if (action[i] != '\\' || i + 1 == action.Length)
            {
                text.Append(action[i]);
                continue;
            }

            text.Append(action[++i] switch
            {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                var other => other,
            });
        }

        throw new FormatException("template parsing error: unterminated quoted string");
    }
}

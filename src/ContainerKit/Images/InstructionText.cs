using System.Text;
using System.Text.Json;

namespace ContainerKit.Images;

/// <summary>Arguments of Dockerfile instructions: JSON arrays, words in quotes, variables.</summary>
internal static class InstructionText
{
    /// <summary>A JSON array of strings; null for anything else, which is then the shell form.</summary>
    public static List<string>? ParseArray(string text)
    {
        if (!text.StartsWith('['))
        {
            return null;
        }
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            var values = new List<string>();
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.String)
            {
                values.Add(reader.GetString()!);
            }
            return reader.TokenType == JsonTokenType.EndArray && !reader.Read() ? values : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Words that are separated by blanks, with quotes, backslashes and variables resolved; null when a quotation is not closed.</summary>
    public static List<string>? Split(string text, IReadOnlyList<string> environment)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool inWord = false;
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quote == '\0' && char.IsWhiteSpace(c))
            {
                if (inWord)
                {
                    words.Add(word.ToString());
                    word.Clear();
                    inWord = false;
                }
                continue;
            }
            inWord = true;
            if (c == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && c is '"' or '\'')
            {
                quote = c;
            }
            else if (c == '\\' && quote != '\'' && i + 1 < text.Length)
            {
                bool isEscape = quote == '\0' || text[i + 1] is '"' or '\\' or '$';
                word.Append(isEscape ? "" : "\\").Append(text[++i]);
            }
            else if (c == '$' && quote != '\'')
            {
                i += AppendVariable(word, text.AsSpan(i), environment) - 1;
            }
            else
            {
                word.Append(c);
            }
        }
        if (inWord)
        {
            words.Add(word.ToString());
        }
        return quote == '\0' ? words : null;
    }

    /// <summary>A text with its variables replaced.</summary>
    public static string Expand(string text, IReadOnlyList<string> environment)
    {
        var result = new StringBuilder();
        for (int i = 0; i < text.Length;)
        {
            if (text[i] == '\\' && i + 1 < text.Length && text[i + 1] is '$' or '\\')
            {
                result.Append(text[i + 1]);
                i += 2;
            }
            else if (text[i] == '$')
            {
                i += AppendVariable(result, text.AsSpan(i), environment);
            }
            else
            {
                result.Append(text[i++]);
            }
        }
        return result.ToString();
    }

    /// <summary><c>$NAME</c> or <c>${NAME}</c>; one that is not set is empty. Returns how many characters it took.</summary>
    private static int AppendVariable(StringBuilder result, ReadOnlySpan<char> text, IReadOnlyList<string> environment)
    {
        bool braces = text.Length > 1 && text[1] == '{';
        int start = braces ? 2 : 1;
        int end = start;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
        {
            end++;
        }
        if (end == start || (braces && (end == text.Length || text[end] != '}')))
        {
            result.Append('$');
            return 1;
        }
        string prefix = text[start..end].ToString() + "=";
        string? entry = environment.LastOrDefault(entry => entry.StartsWith(prefix, StringComparison.Ordinal));
        result.Append(entry?[prefix.Length..]);
        return braces ? end + 1 : end;
    }
}

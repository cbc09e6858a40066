using System.Text;

namespace ContainerKit.Compose.Loading;

/// <summary>Splits a command as a shell does, without variables, globs or operators.</summary>
internal static class ShellWords
{
    /// <exception cref="FormatException">A quotation is not closed.</exception>
    public static IReadOnlyList<string> Split(string text)
    {
        List<string> words = [];
        var word = new StringBuilder();
        bool isInWord = false;
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quote != '\0' && c == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && c is '\'' or '"')
            {
                quote = c;
                isInWord = true;
            }
            else if (c == '\\' && quote != '\'' && i + 1 < text.Length && (quote == '\0' || text[i + 1] is '"' or '\\' or '$' or '`'))
            {
                word.Append(text[++i]);
                isInWord = true;
            }
            else if (quote == '\0' && char.IsWhiteSpace(c))
            {
                if (isInWord)
                    words.Add(word.ToString());
                word.Clear();
                isInWord = false;
            }
            else
            {
                word.Append(c);
                isInWord = true;
            }
        }

        if (quote != '\0')
            throw new FormatException($"'{text}' has a {quote} that is not closed");
        if (isInWord)
            words.Add(word.ToString());
        return words;
    }
}

using System.Globalization;
using System.Text;

namespace ContainerKit.Builds.Parsing;

/// <summary><c>&lt;&lt;EOF</c> among an instruction's arguments.</summary>
internal sealed record HeredocMark(string Name, bool StripsTabs, bool Expands, int? FileDescriptor)
{
    /// <summary>The marks, each a word of its own, in their order.</summary>
    public static List<HeredocMark> Find(string arguments, char escape)
    {
        var marks = new List<HeredocMark>();
        if (!arguments.Contains("<<", StringComparison.Ordinal))
        {
            return marks;
        }
        foreach (string word in WordSplitter.Split(arguments, escape))
        {
            if (TryParse(word, escape) is { } mark)
            {
                marks.Add(mark);
            }
        }
        return marks;
    }

    /// <summary>Reads a word; null for one that is no mark.</summary>
    public static HeredocMark? TryParse(string word, char escape)
    {
        int digits = 0;
        while (digits < word.Length && char.IsAsciiDigit(word[digits]))
        {
            digits++;
        }
        if (!word.AsSpan(digits).StartsWith("<<", StringComparison.Ordinal) || digits > 4)
        {
            return null;
        }
        string rest = word[(digits + 2)..];
        bool stripsTabs = rest.StartsWith('-');
        rest = stripsTabs ? rest[1..] : rest;
        if (rest.Length == 0 || rest.Contains('<', StringComparison.Ordinal))
        {
            return null;
        }
        var name = new StringBuilder();
        bool isQuoted = false;
        char quote = '\0';
        for (int i = 0; i < rest.Length; i++)
        {
            if (rest[i] == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && rest[i] is '"' or '\'')
            {
                isQuoted = true;
                quote = rest[i];
            }
            else if (rest[i] == escape && quote != '\'' && i + 1 < rest.Length)
            {
                isQuoted = true;
                name.Append(rest[++i]);
            }
            else
            {
                name.Append(rest[i]);
            }
        }
        return quote != '\0' || name.Length == 0
            ? null
            : new HeredocMark(name.ToString(), stripsTabs, !isQuoted, digits == 0 ? null : int.Parse(word.AsSpan(0, digits), CultureInfo.InvariantCulture));
    }
}

using System.Collections.Immutable;
using System.Text;

namespace ContainerKit.Builds.Parsing;

/// <summary>The flags between an instruction's keyword and its arguments.</summary>
internal static class FlagReader
{
    /// <summary>Takes the flags off; <c>--</c> alone ends them.</summary>
    public static (ImmutableArray<DockerfileFlag> Flags, string Arguments) Read(string text)
    {
        var flags = ImmutableArray.CreateBuilder<DockerfileFlag>();
        int position = 0;
        while (true)
        {
            while (position < text.Length && char.IsWhiteSpace(text[position]))
            {
                position++;
            }
            if (!text.AsSpan(position).StartsWith("--", StringComparison.Ordinal))
            {
                return (flags.ToImmutable(), text[position..]);
            }
            string word = ReadWord(text, ref position);
            if (word == "--")
            {
                return (flags.ToImmutable(), text[position..].TrimStart());
            }
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            flags.Add(equals < 0 ? new DockerfileFlag(word[2..], null) : new DockerfileFlag(word[2..equals], word[(equals + 1)..]));
        }
    }

    private static string ReadWord(string text, ref int position)
    {
        var word = new StringBuilder();
        char quote = '\0';
        for (; position < text.Length; position++)
        {
            char c = text[position];
            if (quote == '\0' && char.IsWhiteSpace(c))
            {
                break;
            }
            if (c == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && c is '"' or '\'')
            {
                quote = c;
            }
            else if (c == '\\' && position + 1 < text.Length)
            {
                word.Append(text[++position]);
            }
            else
            {
                word.Append(c);
            }
        }
        return word.ToString();
    }
}

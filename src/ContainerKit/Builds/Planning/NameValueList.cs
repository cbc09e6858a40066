using ContainerKit.Builds.Parsing;

namespace ContainerKit.Builds.Planning;

/// <summary>The arguments of ENV, LABEL and ARG.</summary>
internal static class NameValueList
{
    /// <summary><c>NAME=value …</c>, or the old form <c>NAME value with blanks</c>; expanded.</summary>
    /// <exception cref="BuildException">Neither.</exception>
    public static List<(string Name, string Value)> Parse(Dockerfile file, DockerfileInstruction instruction, WordExpander expander)
    {
        try
        {
            List<string> words = WordSplitter.Split(instruction.Arguments, file.Escape);
            if (!words[0].Contains('=', StringComparison.Ordinal))
            {
                int blank = instruction.Arguments.AsSpan().IndexOfAny(' ', '\t');
                return blank > 0
                    ? [(RequireName(file, instruction, expander.Expand(words[0])), expander.Expand(instruction.Arguments[blank..].Trim()))]
                    : throw file.Error(instruction, $"{instruction.Keyword} needs a value: expected {words[0]}=value.");
            }
            return [.. words.Select(word => Split(file, instruction, word, expander))];
        }
        catch (FormatException e)
        {
            throw file.Error(instruction, e.Message, e);
        }
    }

    /// <summary><c>NAME</c> or <c>NAME=default</c>, several; expanded.</summary>
    /// <exception cref="BuildException">Something else.</exception>
    public static List<(string Name, string? Value)> ParseArguments(Dockerfile file, DockerfileInstruction instruction, WordExpander expander)
    {
        if (instruction.Flags.Length > 0)
        {
            throw file.Error(instruction, $"ARG has no flag --{instruction.Flags[0].Name}.");
        }
        try
        {
            var result = new List<(string, string?)>();
            foreach (string word in WordSplitter.Split(instruction.Arguments, file.Escape))
            {
                int equals = word.IndexOf('=', StringComparison.Ordinal);
                result.Add(equals < 0
                    ? (RequireName(file, instruction, expander.Expand(word)), null)
                    : (RequireName(file, instruction, expander.Expand(word[..equals])), expander.Expand(word[(equals + 1)..])));
            }
            return result;
        }
        catch (FormatException e)
        {
            throw file.Error(instruction, e.Message, e);
        }
    }

    private static (string Name, string Value) Split(Dockerfile file, DockerfileInstruction instruction, string word, WordExpander expander)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        return equals < 0
            ? throw file.Error(instruction, $"'{word}' has no value: expected name=value. Quote values with blanks.")
            : (RequireName(file, instruction, expander.Expand(word[..equals])), expander.Expand(word[(equals + 1)..]));
    }

    private static string RequireName(Dockerfile file, DockerfileInstruction instruction, string name)
        => name.Length > 0 ? name : throw file.Error(instruction, $"{instruction.Keyword} has a value without a name.");
}

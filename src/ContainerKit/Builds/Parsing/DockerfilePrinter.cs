using System.Text;

namespace ContainerKit.Builds.Parsing;

/// <summary>Writes a Dockerfile that parses to the same: directives, then an instruction a line, with its here-documents.</summary>
internal static class DockerfilePrinter
{
    public static string Print(Dockerfile file)
    {
        var text = new StringBuilder();
        if (file.Syntax is not null)
        {
            text.Append("# syntax=").Append(file.Syntax).Append('\n');
        }
        if (file.Escape != '\\')
        {
            text.Append("# escape=").Append(file.Escape).Append('\n');
        }
        if (file.Check is not null)
        {
            text.Append("# check=").Append(file.Check).Append('\n');
        }
        foreach (DockerfileInstruction instruction in file.Instructions)
        {
            Append(text, instruction);
        }
        return text.ToString();
    }

    private static void Append(StringBuilder text, DockerfileInstruction instruction)
    {
        text.Append(instruction.WrittenKeyword);
        foreach (DockerfileFlag flag in instruction.Flags)
        {
            text.Append(" --");
            AppendEscaped(text, flag.Name);
            if (flag.Value is not null)
            {
                text.Append('=');
                AppendEscaped(text, flag.Value);
            }
        }
        if (instruction.Arguments.StartsWith("--", StringComparison.Ordinal))
        {
            text.Append(" --");
        }
        if (instruction.Arguments.Length > 0)
        {
            text.Append(' ').Append(instruction.Arguments);
        }
        text.Append('\n');
        foreach (Heredoc heredoc in instruction.Heredocs)
        {
            // Tabs were stripped: another one in front of each line is stripped again.
            foreach (string line in heredoc.Content.Split('\n').SkipLast(1))
            {
                text.Append(heredoc.StripsTabs ? "\t" : "").Append(line).Append('\n');
            }
            text.Append(heredoc.Name).Append('\n');
        }
    }

    private static void AppendEscaped(StringBuilder text, string value)
    {
        foreach (char c in value)
        {
            if (c is '"' or '\'' or '\\' || char.IsWhiteSpace(c))
            {
                text.Append('\\');
            }
            text.Append(c);
        }
    }
}

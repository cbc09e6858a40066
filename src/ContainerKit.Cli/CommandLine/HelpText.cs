using System.Text;

namespace ContainerKit.Cli.CommandLine;

/// <summary>What <c>--help</c> prints.</summary>
internal static class HelpText
{
    public static string Of(Command command)
    {
        var text = new StringBuilder();
        text.Append("Usage:  ").Append(command.FullName);
        if (command.Options.Count > 0)
            text.Append(" [OPTIONS]");
        if (command.Commands.Count > 0)
            text.Append(" COMMAND");
        if (command.Arguments.Length > 0)
            text.Append(' ').Append(command.Arguments);
        text.Append("\n\n").Append(command.Summary).Append('\n');
        if (command.Commands.Count > 0)
        {
            text.Append("\nCommands:\n");
            Columns(text, [.. command.Commands.Where(each => !each.IsHidden).Select(each => ($"  {each.Name}", each.Summary))]);
        }

        if (command.Options.Count > 0)
        {
            text.Append("\nOptions:\n");
            Columns(text, [.. command.Options.OrderBy(option => option.Name, StringComparer.Ordinal)
                .Select(option => ($"  {(option.Letter is char letter ? $"-{letter}, " : "    ")}--{option.Name}{(option.Value is null ? "" : $" {option.Value}")}", option.Help))]);
        }

        if (command.Commands.Count > 0)
            text.Append("\nRun '").Append(command.FullName).Append(" COMMAND --help' for more information on a command.\n");
        return text.ToString();
    }

    /// <summary>What follows the message of a command line that can't be understood.</summary>
    public static string Hint(Command command) => $"\nRun '{command.FullName} --help' for more information";

    private static void Columns(StringBuilder text, IReadOnlyList<(string Left, string Right)> rows)
    {
        int width = rows.Max(row => row.Left.Length) + 3;
        foreach ((string left, string right) in rows)
            text.Append(left.PadRight(width)).Append(right).Append('\n');
    }
}

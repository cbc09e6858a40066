namespace ContainerKit.Cli.CommandLine;

/// <summary>
/// Reads command lines by the rules of docker's (pflag's): <c>--name value</c>, <c>--name=value</c>, <c>-n value</c>, <c>-nvalue</c>, letters
/// together (<c>-it</c>), <c>--</c> ends the flags.
/// </summary>
internal static class CommandParser
{
    /// <summary>The command that is meant, with its flags; null when help was asked for, of <paramref name="found"/>.</summary>
    /// <exception cref="UsageException">There is no such command or flag, or a value is missing.</exception>
    public static CommandInvocation? Parse(Command root, IReadOnlyList<string> arguments, out Command found)
    {
        found = root;
        var state = new State();
        int position = 0;

        // Flags of a group stand before the command: they go into the same set.
        while (true)
        {
            position = ReadOptions(found, arguments, position, state, stopAtArgument: found.Commands.Count > 0 || found.PassesArguments);
            if (state.IsHelp)
                return null;
            if (found.Commands.Count == 0)
                break;
            if (position >= arguments.Count)
                return found.Handler is null ? null : new CommandInvocation(found, state.ToValues(), []);
            string name = arguments[position++];
            found = found.Find(name) ?? throw Unknown(found, name);
        }

        List<string> rest = [.. state.Arguments, .. arguments.Skip(position)];
        if (rest.Count < found.MinimumArguments)
            throw new UsageException($"'{found.FullName}' requires at least {Count(found.MinimumArguments)}") { Command = found };
        if (rest.Count > found.MaximumArguments)
            throw new UsageException(found.MaximumArguments == 0 ? $"'{found.FullName}' accepts no arguments" : $"'{found.FullName}' requires at most {Count(found.MaximumArguments)}") { Command = found };
        return new CommandInvocation(found, state.ToValues(), rest);
    }

    private static string Count(int count) => count == 1 ? "1 argument" : $"{count} arguments";

    private static UsageException Unknown(Command group, string name)
        => new(group.Parent is null ? $"{group.Name}: '{name}' is not a {group.Name} command." : $"unknown command \"{name}\" for \"{group.FullName}\"") { Command = group };

    private static int ReadOptions(Command command, IReadOnlyList<string> arguments, int position, State state, bool stopAtArgument)
    {
        while (position < arguments.Count)
        {
            string argument = arguments[position];
            if (argument == "--")
                return position + 1;
            if (argument is not ['-', _, ..])
            {
                if (stopAtArgument)
                    return position;
                state.Arguments.Add(argument);
                position++;
                continue;
            }

            position++;
            string? following = position < arguments.Count ? arguments[position] : null;
            bool usedFollowing = argument.StartsWith("--", StringComparison.Ordinal)
                ? ReadLong(command, argument[2..], following, state)
                : ReadLetters(command, argument, following, state);
            if (usedFollowing)
                position++;
            if (state.IsHelp)
                return position;
        }

        return position;
    }

    private static bool ReadLong(Command command, string text, string? following, State state)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? text : text[..equals];
        CommandOption? option = command.Options.FirstOrDefault(option => option.Name == name || option.Aliases.Contains(name));
        if (option is null)
        {
            if (name == "help")
            {
                state.IsHelp = true;
                return false;
            }

            throw new UsageException($"unknown flag: --{name}") { Command = command };
        }

        if (equals >= 0)
        {
            state.Add(command, option, text[(equals + 1)..]);
            return false;
        }

        if (!option.TakesValue)
        {
            state.Add(command, option, "true");
            return false;
        }

        state.Add(command, option, following ?? throw new UsageException($"flag needs an argument: --{name}") { Command = command });
        return true;
    }

    private static bool ReadLetters(Command command, string argument, string? following, State state)
    {
        for (int i = 1; i < argument.Length; i++)
        {
            char letter = argument[i];
            CommandOption? option = command.Options.FirstOrDefault(option => option.Letter == letter);
            if (option is null)
            {
                if (letter == 'h' && argument.Length == 2)
                {
                    state.IsHelp = true;
                    return false;
                }

                throw new UsageException($"unknown shorthand flag: '{letter}' in {argument}") { Command = command };
            }

            string rest = argument[(i + 1)..];
            if (rest is ['=', ..])
            {
                state.Add(command, option, rest[1..]);
                return false;
            }

            if (!option.TakesValue)
            {
                state.Add(command, option, "true");
                continue;
            }

            if (rest.Length > 0)
            {
                state.Add(command, option, rest);
                return false;
            }

            state.Add(command, option, following ?? throw new UsageException($"flag needs an argument: '{letter}' in {argument}") { Command = command });
            return true;
        }

        return false;
    }

    private sealed class State
    {
        private readonly Dictionary<string, List<string>> _values = new(StringComparer.Ordinal);

        public List<string> Arguments { get; } = [];

        public bool IsHelp { get; set; }

        public void Add(Command command, CommandOption option, string value)
        {
            if (!option.TakesValue)
            {
                value = value switch
                {
                    "1" or "t" or "T" or "true" or "True" or "TRUE" => "true",
                    "0" or "f" or "F" or "false" or "False" or "FALSE" => "false",
                    _ => throw new UsageException($"invalid argument \"{value}\" for \"--{option.Name}\" flag: true or false is wanted") { Command = command },
                };
            }

            if (!_values.TryGetValue(option.Name, out List<string>? values))
                _values.Add(option.Name, values = []);
            values.Add(value);
        }

        public Dictionary<string, IReadOnlyList<string>> ToValues() => _values.ToDictionary(each => each.Key, each => (IReadOnlyList<string>)each.Value, StringComparer.Ordinal);
    }
}

using System.Globalization;

namespace ContainerKit.Cli.CommandLine;

/// <summary>A command with the flags and arguments it was called with.</summary>
internal sealed class CommandInvocation(Command command, IReadOnlyDictionary<string, IReadOnlyList<string>> values, IReadOnlyList<string> arguments)
{
    public Command Command { get; } = command;

    public IReadOnlyList<string> Arguments { get; } = arguments;

    /// <summary>True when a flag without a value was given, and the last time not as <c>--flag=false</c>.</summary>
    public bool IsSet(string name) => values.TryGetValue(name, out IReadOnlyList<string>? given) && given[^1] == "true";

    public bool Has(string name) => values.ContainsKey(name);

    /// <summary>The last value given; null when there is none.</summary>
    public string? Value(string name) => values.TryGetValue(name, out IReadOnlyList<string>? given) ? given[^1] : null;

    public IReadOnlyList<string> Values(string name) => values.TryGetValue(name, out IReadOnlyList<string>? given) ? given : [];

    /// <summary>The last value as a number; null when there is none.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public int? Number(string name)
        => Value(name) is not string text ? null
            : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number
            : throw Invalid(name, text, "a number is wanted");

    public UsageException Invalid(string name, string value, string reason)
        => new($"invalid argument \"{value}\" for \"--{name}\" flag: {reason}") { Command = Command };
}

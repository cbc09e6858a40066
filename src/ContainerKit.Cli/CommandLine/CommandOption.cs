namespace ContainerKit.Cli.CommandLine;

/// <summary>A flag of a command, as in <c>-p, --publish list</c>.</summary>
/// <param name="Name">The long name, without dashes.</param>
/// <param name="Letter">The one-letter name, or null.</param>
/// <param name="Value">What kind of value it takes, for the help (<c>string</c>, <c>list</c>); null for one that takes none.</param>
/// <param name="Help">What it does.</param>
internal sealed record CommandOption(string Name, char? Letter, string? Value, string Help)
{
    /// <summary>Older names.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    public bool TakesValue => Value is not null;
}

using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;

namespace ContainerKit.Cli.Output;

/// <summary>A list of things, as a table or as <c>--format</c> and <c>-q</c> want it.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="identify">What <c>-q</c> prints.</param>
/// <param name="columns">Field names, which templates use, column titles, and the values.</param>
internal sealed class Listing<T>(Func<T, string> identify, params (string Field, string Title, Func<T, string> Value)[] columns)
{
    private const string Table = "table ";

    public static IReadOnlyList<CommandOption> Options { get; } =
    [
        new("quiet", 'q', null, "Identifiers only"),
        new("format", null, "string", "table, json, a template such as '{{.ID}}\\t{{.Names}}', or 'table TEMPLATE'"),
    ];

    /// <summary>Fields that are not in the table, but in templates and JSON.</summary>
    public IReadOnlyList<(string Field, Func<T, string> Value)> Further { get; init; } = [];

    public async Task WriteAsync(CommandInvocation invocation, TextWriter output, IReadOnlyList<T> things)
    {
        string format = invocation.Value("format") ?? "table";
        if (invocation.IsSet("quiet"))
        {
            foreach (T thing in things)
                await output.WriteLineAsync(identify(thing)).ConfigureAwait(false);
        }
        else if (format is "table")
        {
            await TextTable.WriteAsync(
                output, [.. columns.Select(column => column.Title)], [.. things.Select(thing => (IReadOnlyList<string>)[.. columns.Select(column => column.Value(thing))])]).ConfigureAwait(false);
        }
        else if (format.StartsWith(Table, StringComparison.Ordinal))
        {
            string[] cells = format[Table.Length..].Replace("\\t", "\t", StringComparison.Ordinal).Split('\t');
            var titles = new JsonObject(columns.Select(column => KeyValuePair.Create(column.Field, (JsonNode?)column.Title)).Concat(Further.Select(further => KeyValuePair.Create(further.Field, (JsonNode?)further.Field.ToUpperInvariant()))));
            await TextTable.WriteAsync(
                output,
                [.. cells.Select(cell => OutputTemplate.Render(cell, titles))],
                [.. things.Select(thing => (IReadOnlyList<string>)[.. cells.Select(cell => OutputTemplate.Render(cell, ToJson(thing)))])]).ConfigureAwait(false);
        }
        else
        {
            foreach (T thing in things)
                await output.WriteLineAsync(format == "json" ? OutputTemplate.ToJson(ToJson(thing)) : OutputTemplate.Render(format, ToJson(thing))).ConfigureAwait(false);
        }
    }

    private JsonObject ToJson(T thing) => new(columns.Select(column => KeyValuePair.Create(column.Field, (JsonNode?)column.Value(thing)))
        .Concat(Further.Select(further => KeyValuePair.Create(further.Field, (JsonNode?)further.Value(thing)))));
}

using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Templates;

namespace ContainerKit.Cli.Output;

/// <summary>A list of things, as a table or as <c>--format</c> and <c>-q</c> want it.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="identify">What <c>-q</c> prints.</param>
/// <param name="columns">Field names, which templates use, column titles, and the values; null where there is none.</param>
internal sealed class Listing<T>(Func<T, string> identify, params IReadOnlyList<(string Field, string Title, Func<T, string?> Value)> columns)
{
    private const string Table = "table";

    public static IReadOnlyList<CommandOption> Options { get; } =
    [
        new("quiet", 'q', null, "Identifiers only"),
        new("format", null, "string", "table, json, a template such as '{{.ID}}\\t{{.Names}}', or 'table TEMPLATE'"),
    ];

    /// <summary>Fields that are not in the table, but in templates and JSON.</summary>
    public IReadOnlyList<(string Field, string Title, Func<T, string?> Value)> Further { get; init; } = [];

    /// <summary>A label of a thing, for <c>{{.Label "name"}}</c>; null where they have none.</summary>
    public Func<T, string, string>? Label { get; init; }

    public Task WriteAsync(CommandInvocation invocation, TextWriter output, IReadOnlyList<T> things)
        => output.WriteAsync(Format(invocation.Value("format"), invocation.IsSet("quiet"), things));

    public string Format(string? format, bool quiet, IReadOnlyList<T> things)
    {
        format = string.IsNullOrEmpty(format) ? Table : format;
        if (quiet && format == Table)
            return string.Concat(things.Select(thing => identify(thing) + "\n"));
        if (format == Table)
            return TextTable.Format([.. columns.Select(column => column.Title)], [.. things.Select(thing => (IReadOnlyList<string>)[.. columns.Select(column => column.Value(thing) ?? "")])]);
        if (format == "json")
            return string.Concat(things.Select(thing => JsonText.Of(Row(thing).ToJson()) + "\n"));

        // What shells don't turn into tabs and line ends.
        string template = format.Replace("\\t", "\t", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal);
        if (!template.StartsWith(Table, StringComparison.Ordinal))
        {
            Template each = Template.Parse(template);
            return string.Concat(things.Select(thing => each.Render(Row(thing)) + "\n"));
        }

        Template[] cells = [.. template[Table.Length..].Trim(' ').Split('\t').Select(Template.Parse)];
        JsonObject titles = new(columns.Concat(Further).Select(column => KeyValuePair.Create(column.Field, (JsonNode?)column.Title)));
        return TextTable.Format(
            [.. cells.Select(cell => cell.Render(TitlesOf(titles)))],
            [.. things.Select(thing => (IReadOnlyList<string>)[.. cells.Select(cell => cell.Render(Row(thing)))])]);
    }

    /// <summary>All fields of each thing, for a list in something larger.</summary>
    public JsonArray ToJson(IEnumerable<T> things) => [.. things.Select(thing => (JsonNode)Row(thing).ToJson())];

    private TemplateRow TitlesOf(JsonObject titles)
        => new([.. titles.Select(title => (title.Key, (Func<string?>)(() => title.Value!.GetValue<string>())))], Label is null ? null : name => name);

    private TemplateRow Row(T thing)
        => new([.. columns.Concat(Further).Select(column => (column.Field, (Func<string?>)(() => column.Value(thing))))], Label is null ? null : name => Label(thing, name));
}

using System.Text.Json.Nodes;

namespace ContainerKit.Cli.Templates;

/// <summary>A line of a list: fields that are texts or null, made when they are wanted, and labels by name.</summary>
/// <param name="fields">Names and values.</param>
/// <param name="label">The value of a label, for <c>{{.Label "name"}}</c>; null where the things of the list have none.</param>
internal sealed class TemplateRow(IReadOnlyList<(string Name, Func<string?> Value)> fields, Func<string, string>? label)
{
    public object? Field(string name)
    {
        foreach ((string field, Func<string?> value) in fields)
        {
            if (field == name)
                return value();
        }

        return name == "Label" && label is not null
            ? new TemplateMethod(arguments => arguments is [string key] ? label(key) : throw new FormatException("template: Label wants the name of one"))
            : throw new FormatException($"template: executing at <.{name}>: can't evaluate field {name}");
    }

    public JsonObject ToJson() => new(fields.OrderBy(field => field.Name, StringComparer.Ordinal).Select(field => KeyValuePair.Create(field.Name, (JsonNode?)field.Value())));
}

/// <summary>A field that takes arguments.</summary>
internal sealed record TemplateMethod(Func<IReadOnlyList<object?>, object?> Call);

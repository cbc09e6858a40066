using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ContainerKit.Cli.Output;

/// <summary>
/// The part of Go's templates that people use with <c>--format</c>: <c>{{.Field.Field}}</c>, <c>{{json .Field}}</c>, <c>{{index .Field "key" 0}}</c>,
/// <c>{{len .Field}}</c>, and escapes such as <c>\t</c> between them. Anything else is an error.
/// </summary>
internal static class OutputTemplate
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, TypeInfoResolver = JsonNodeContext.Default };

    /// <exception cref="FormatException">The template has something that is not understood, or a field that there is not.</exception>
    public static string Render(string template, JsonNode? value)
    {
        var text = new StringBuilder();
        int position = 0;
        while (template.IndexOf("{{", position, StringComparison.Ordinal) is var start and >= 0)
        {
            text.Append(Unescape(template[position..start]));
            int end = template.IndexOf("}}", start, StringComparison.Ordinal);
            if (end < 0)
                throw new FormatException($"template: '{template[start..]}' is not closed.");
            text.Append(Evaluate(template[(start + 2)..end].Trim(' ', '-'), value));
            position = end + 2;
        }

        return text.Append(Unescape(template[position..])).ToString();
    }

    public static string ToJson(JsonNode? node) => node?.ToJsonString(Compact) ?? "null";

    private static string Unescape(string text) => text.Replace("\\t", "\t", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal);

    private static string Evaluate(string expression, JsonNode? value)
    {
        List<string> words = Split(expression);
        return words switch
        {
            [['.', ..] path] => Show(Find(path, value)),
            ["json", ['.', ..] path] => ToJson(Find(path, value)),
            ["len", ['.', ..] path] => Length(Find(path, value)).ToString(CultureInfo.InvariantCulture),
            ["index", ['.', ..] path, .. var keys] => Show(keys.Aggregate(Find(path, value), Index)),
            _ => throw new FormatException($"template: '{{{{{expression}}}}}' is not understood: .Field, json, index and len are."),
        };
    }

    private static JsonNode? Find(string path, JsonNode? value)
    {
        foreach (string name in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            if (value is not JsonObject fields || !fields.TryGetPropertyValue(name, out value))
                throw new FormatException($"template: there is no field '{name}' in '{path}'.");
        }

        return value;
    }

    private static JsonNode? Index(JsonNode? value, string key)
        => value switch
        {
            JsonObject fields when key is ['"', .. var name, '"'] => fields.TryGetPropertyValue(name, out JsonNode? found) ? found : null,
            JsonArray list when int.TryParse(key, CultureInfo.InvariantCulture, out int number) && number >= 0 && number < list.Count => list[number],
            null => null,
            _ => throw new FormatException($"template: {key} is no index there."),
        };

    private static int Length(JsonNode? value) => value switch
    {
        JsonObject fields => fields.Count,
        JsonArray list => list.Count,
        null => 0,
        _ => Show(value).Length,
    };

    private static string Show(JsonNode? value) => value switch
    {
        null => "",
        JsonValue text when text.GetValueKind() == JsonValueKind.String => text.GetValue<string>(),
        JsonArray list => $"[{string.Join(' ', list.Select(Show))}]",
        JsonObject fields => $"map[{string.Join(' ', fields.Select(field => $"{field.Key}:{Show(field.Value)}"))}]",
        _ => ToJson(value),
    };

    private static List<string> Split(string expression)
    {
        List<string> words = [];
        for (int i = 0; i < expression.Length;)
        {
            int end = expression[i] == '"' ? expression.IndexOf('"', i + 1) + 1 : expression.IndexOf(' ', i);
            if (end <= i)
                end = expression.Length;
            if (expression[i] != ' ')
                words.Add(expression[i..end]);
            else
                end = i + 1;
            i = end;
        }

        return words;
    }
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ContainerKit.Cli.Templates;

/// <summary>
/// The values of templates: null, texts, booleans, <see cref="long"/>, <see cref="double"/>, lists (<see cref="JsonArray"/>, or of values) and
/// <see cref="JsonObject"/>, which is both Go's structs and its maps.
/// </summary>
internal static class TemplateValue
{
    /// <summary>Fields of docker's types that print otherwise than an empty list when there is nothing: JSON has one null for all.</summary>
    private static readonly HashSet<string> Maps = new(StringComparer.Ordinal) { "Labels", "Volumes", "PortBindings", "Ports", "Options", "DriverOpts", "Annotations", "Sysctls", "Tmpfs", "StorageOpt", "ExposedPorts", "Containers" };

    private static readonly HashSet<string> Pointers = new(StringComparer.Ordinal) { "MemorySwappiness", "OomKillDisable", "PidsLimit", "Init", "IPAMConfig", "Health", "Healthcheck", "StopTimeout", "ExitCode", "UsageData" };

    public static object? From(JsonNode? node)
    {
        if (node is not JsonValue value)
            return node;
        switch (value.GetValueKind())
        {
            case JsonValueKind.String:
                return value.GetValue<string>();
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            default:
                if (value.TryGetValue(out long whole))
                    return whole;
                if (value.TryGetValue(out int small))
                    return (long)small;
                return value.TryGetValue(out double real) ? real : null;
        }
    }

    /// <summary>Go's idea of what counts as nothing.</summary>
    public static bool IsTrue(object? value) => value switch
    {
        null or TemplateNull => false,
        bool flag => flag,
        string text => text.Length > 0,
        long number => number != 0,
        double number => number != 0,
        JsonArray list => list.Count > 0,
        JsonObject map => map.Count > 0,
        IReadOnlyList<object?> list => list.Count > 0,
        _ => true,
    };

    /// <summary>A field of a value. Docker's structs spell ID where JSON has Id: a name that differs only so is the same.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public static object? Field(object? value, string name)
    {
        switch (value)
        {
            case TemplateRow row:
                return row.Field(name);
            case JsonObject map:
                if (map.TryGetPropertyValue(name, out JsonNode? found))
                    return found is null ? Nothing(name) : From(found);
                KeyValuePair<string, JsonNode?> similar = map.FirstOrDefault(pair => string.Equals(pair.Key, name, StringComparison.OrdinalIgnoreCase));
                return similar.Key is not null ? similar.Value is null ? Nothing(name) : From(similar.Value)
                    : throw new FormatException($"template: executing at <.{name}>: map has no entry for key \"{name}\"");
            case null or TemplateNull:
                throw new FormatException($"template: executing at <.{name}>: nil pointer evaluating .{name}");
            default:
                throw new FormatException($"template: executing at <.{name}>: can't evaluate field {name} in type {TypeName(value)}");
        }
    }

    /// <summary>The elements for range, with their indexes or keys; null for what has none.</summary>
    public static IEnumerable<(object? Index, object? Value)>? Elements(object? value) => value switch
    {
        null or TemplateNull => [],
        JsonArray list => list.Select((element, index) => ((object?)(long)index, From(element))),
        IReadOnlyList<object?> list => list.Select((element, index) => ((object?)(long)index, element)),
        JsonObject map => map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => ((object?)pair.Key, From(pair.Value))),
        long count and >= 0 and <= 1_000_000 => Enumerable.Range(0, (int)count).Select(index => ((object?)(long)index, (object?)(long)index)),
        _ => null,
    };

    /// <summary>As Go prints it.</summary>
    public static string Show(object? value) => value switch
    {
        null => "<no value>",
        TemplateNull nothing => nothing.Text,
        string text => text,
        bool flag => flag ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => ShowReal(number),
        JsonArray list => $"[{string.Join(' ', list.Select(element => Show(From(element))))}]",
        IReadOnlyList<object?> list => $"[{string.Join(' ', list.Select(Show))}]",
        JsonObject map => $"map[{string.Join(' ', map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}:{(pair.Value is null ? "<nil>" : Show(From(pair.Value)))}"))}]",
        _ => value.ToString() ?? "",
    };

    public static JsonNode? ToJson(object? value) => value switch
    {
        null or TemplateNull => null,
        TemplateRow row => row.ToJson(),
        JsonNode node => node,
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        long number => JsonValue.Create(number),
        double number => JsonValue.Create(number),
        IReadOnlyList<object?> list => new JsonArray([.. list.Select(element => ToJson(element)?.DeepClone())]),
        _ => JsonValue.Create(value.ToString()),
    };

    public static string TypeName(object? value) => value switch
    {
        null or TemplateNull => "nil",
        string => "string",
        bool => "bool",
        long => "int",
        double => "float64",
        JsonArray or IReadOnlyList<object?> => "[]interface {}",
        _ => "map[string]interface {}",
    };

    private static TemplateNull Nothing(string field) => new(Maps.Contains(field) ? "map[]" : Pointers.Contains(field) ? "<nil>" : "[]");

    /// <summary>Go's %v: exponents from 21 digits on.</summary>
    private static string ShowReal(double number)
        => Math.Abs(number) is >= 1e21 or (< 1e-4 and > 0) ? number.ToString("0.################e+00", CultureInfo.InvariantCulture) : number.ToString("0.################", CultureInfo.InvariantCulture);
}

/// <summary>A field that is there and has no value.</summary>
/// <param name="Text">How Go prints that for the field's type.</param>
internal sealed record TemplateNull(string Text);

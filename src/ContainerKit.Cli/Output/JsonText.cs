using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ContainerKit.Cli.Output;

/// <summary>JSON as docker writes it.</summary>
internal static class JsonText
{
    /// <summary>With four spaces, for people.</summary>
    public static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true, IndentSize = 4, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, TypeInfoResolver = JsonNodeContext.Default };

    /// <summary>With tabs, for docker's files.</summary>
    public static JsonSerializerOptions Tabbed { get; } = new() { WriteIndented = true, IndentCharacter = '\t', IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, TypeInfoResolver = JsonNodeContext.Default };

    private static JsonSerializerOptions Compact { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, TypeInfoResolver = JsonNodeContext.Default };

    public static string Of(JsonNode? node) => node?.ToJsonString(Compact) ?? "null";

    /// <summary>A text of a field; null where there is none.</summary>
    public static string? Text(this JsonNode? node, string field) => (node as JsonObject)?[field] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>A number of a field; 0 where there is none.</summary>
    public static long Number(this JsonNode? node, string field)
        => (node as JsonObject)?[field] is JsonValue value ? value.TryGetValue(out long number) ? number : value.TryGetValue(out ulong large) ? (long)Math.Min(large, long.MaxValue) : value.TryGetValue(out double real) ? (long)real : 0 : 0;

    public static bool Flag(this JsonNode? node, string field) => (node as JsonObject)?[field] is JsonValue value && value.TryGetValue(out bool flag) && flag;

    /// <summary>The elements of a field that is a list; none where it is null or missing.</summary>
    public static IEnumerable<JsonNode> Items(this JsonNode? node, string field) => ((node as JsonObject)?[field] as JsonArray)?.OfType<JsonNode>() ?? [];

    /// <summary>The pairs of a field that is a map; none where it is null or missing.</summary>
    public static IEnumerable<KeyValuePair<string, JsonNode?>> Pairs(this JsonNode? node, string field) => (node as JsonObject)?[field] as JsonObject ?? Enumerable.Empty<KeyValuePair<string, JsonNode?>>();
}

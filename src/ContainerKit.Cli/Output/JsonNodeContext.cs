using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ContainerKit.Cli.Output;

/// <summary>Writing of JSON trees without reflection.</summary>
[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(JsonArray))]
internal sealed partial class JsonNodeContext : JsonSerializerContext;

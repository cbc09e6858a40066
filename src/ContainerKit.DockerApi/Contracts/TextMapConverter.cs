using System.Text.Json;
using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Contracts;

/// <summary>A map of texts. As in Go a <c>null</c> in it is an empty text, and of two with the same name the last one counts.</summary>
internal sealed class TextMapConverter : JsonConverter<IReadOnlyDictionary<string, string>>
{
    public override IReadOnlyDictionary<string, string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Read(ref reader);

    public override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> value, JsonSerializerOptions options) => Write(writer, value);

    private static Dictionary<string, string> Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("a map of texts is expected");
        Dictionary<string, string> map = new(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string name = reader.GetString()!;
            reader.Read();
            map[name] = reader.TokenType == JsonTokenType.Null ? "" : reader.GetString()!;
        }

        return map;
    }

    private static void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> map)
    {
        writer.WriteStartObject();
        foreach ((string name, string value) in map)
            writer.WriteString(name, value);
        writer.WriteEndObject();
    }

    /// <summary>The same for the type that can be changed.</summary>
    internal sealed class Mutable : JsonConverter<Dictionary<string, string>>
    {
        public override Dictionary<string, string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => TextMapConverter.Read(ref reader);

        public override void Write(Utf8JsonWriter writer, Dictionary<string, string> value, JsonSerializerOptions options) => TextMapConverter.Write(writer, value);
    }
}

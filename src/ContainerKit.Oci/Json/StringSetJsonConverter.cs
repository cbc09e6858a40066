using System.Text.Json;
using System.Text.Json.Serialization;

namespace ContainerKit.Oci.Json;

/// <summary>Sets as Go writes them: an object whose members are the elements and whose values are empty objects.</summary>
internal sealed class StringSetJsonConverter : JsonConverter<IReadOnlySet<string>>
{
    public override IReadOnlySet<string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("expected an object whose members are the elements");
        }

        SortedSet<string> elements = new(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string element = reader.GetString()!;
            if (!elements.Add(element))
            {
                throw new JsonException($"\"{element}\" is there twice");
            }

            reader.Read();
            if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.Null))
            {
                throw new JsonException($"the value of \"{element}\" is not an empty object");
            }

            reader.Skip();
        }

        return elements;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlySet<string> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (string element in value)
        {
            writer.WriteStartObject(element);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace ContainerKit.Oci.Json;

/// <summary>Digests as strings; a malformed one is an error of the document.</summary>
internal sealed class DigestJsonConverter : JsonConverter<Digest>
{
    public override Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        if (text is null)
        {
            throw new JsonException("a digest is a string");
        }

        try
        {
            return Digest.Parse(text);
        }
        catch (OciFormatException e)
        {
            throw new JsonException(e.Message, e);
        }
    }

    public override void Write(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options)
    {
        if (value.IsEmpty)
        {
            throw new InvalidOperationException("an empty digest can't be written; set Digest first");
        }

        writer.WriteStringValue(value.ToString());
    }
}

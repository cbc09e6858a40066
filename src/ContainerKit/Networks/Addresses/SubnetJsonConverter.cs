using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ContainerKit.Networks.Addresses;

/// <summary>Subnets as text.</summary>
internal sealed class SubnetJsonConverter : JsonConverter<IPNetwork?>
{
    public override IPNetwork? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => reader.TokenType == JsonTokenType.Null ? null
            : IPNetwork.TryParse(reader.GetString(), out IPNetwork network) ? network : throw new JsonException("A subnet is expected.");

    public override void Write(Utf8JsonWriter writer, IPNetwork? value, JsonSerializerOptions options)
    {
        if (value is { } network)
            writer.WriteStringValue(network.ToString());
        else
            writer.WriteNullValue();
    }
}

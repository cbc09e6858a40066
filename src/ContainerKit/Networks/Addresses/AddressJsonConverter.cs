using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ContainerKit.Networks.Addresses;

/// <summary>IP addresses as text.</summary>
internal sealed class AddressJsonConverter : JsonConverter<IPAddress>
{
    public override IPAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => IPAddress.TryParse(reader.GetString(), out IPAddress? address) ? address : throw new JsonException("An IP address is expected.");

    public override void Write(Utf8JsonWriter writer, IPAddress value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

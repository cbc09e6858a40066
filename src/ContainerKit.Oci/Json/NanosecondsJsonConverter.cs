using System.Text.Json;
using System.Text.Json.Serialization;

namespace ContainerKit.Oci.Json;

/// <summary>Durations as Go writes them: a whole number of nanoseconds. A tick is 100 of them, finer parts are dropped.</summary>
internal sealed class NanosecondsJsonConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long nanoseconds)
            ? new TimeSpan(nanoseconds / TimeSpan.NanosecondsPerTick)
            : throw new JsonException("a duration is a whole number of nanoseconds");

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options)
        => writer.WriteNumberValue(checked(value.Ticks * TimeSpan.NanosecondsPerTick));
}

using System.Text.Json;
using ContainerKit.DockerApi.Routing;

namespace ContainerKit.DockerApi.Containers;

/// <summary>
/// Fields that this API does not know. A newer client sends its newer fields also when nobody asked for them, with a value that means nothing: those are
/// let through. One that asks for something is an error, since it would not happen.
/// </summary>
internal static class UnknownFields
{
    /// <summary>What no client means anything by: fields of old APIs and of other systems.</summary>
    private static readonly HashSet<string> Harmless = new(StringComparer.OrdinalIgnoreCase) { "PortSpecs", "VolumesRW", "Name" };

    internal static void Refuse(string where, IReadOnlyDictionary<string, JsonElement>? fields, params ReadOnlySpan<string> known)
    {
        foreach ((string name, JsonElement value) in fields ?? new Dictionary<string, JsonElement>())
        {
            if (!Harmless.Contains(name) && !known.Contains(name) && !IsNothing(value))
                throw ApiException.BadRequest($"{(where.Length == 0 ? "" : where + ".")}{name} is not known to this engine. Leave it out.");
        }
    }

    private static bool IsNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined or JsonValueKind.False => true,
        JsonValueKind.String => value.GetString() is "" or "default",
        JsonValueKind.Number => value.TryGetDouble(out double number) && number == 0,
        JsonValueKind.Array => value.GetArrayLength() == 0 || value.EnumerateArray().All(IsNothing),
        JsonValueKind.Object => value.EnumerateObject().All(property => IsNothing(property.Value)),
        _ => false,
    };
}

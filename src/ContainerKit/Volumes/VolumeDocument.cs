using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace ContainerKit.Volumes;

/// <summary>volume.json.</summary>
internal sealed record VolumeDocument
{
    public required string Name { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public bool IsAnonymous { get; init; }

    public string Driver { get; init; } = VolumeSpec.LocalDriver;

    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableSortedDictionary<string, string> DriverOptions { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>The JSON of volume.json.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(VolumeDocument))]
internal sealed partial class VolumeJson : JsonSerializerContext;

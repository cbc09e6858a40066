using System.Text.Json;
using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Volumes;

/// <summary>A volume.</summary>
internal sealed record VolumeContract
{
    public required string CreatedAt { get; init; }

    public required string Driver { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public required string Mountpoint { get; init; }

    public required string Name { get; init; }

    public IReadOnlyDictionary<string, string>? Options { get; init; }

    public string Scope { get; init; } = "local";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public VolumeUsageContract? UsageData { get; init; }
}

/// <summary>What a volume takes of the disk, and how many containers use it.</summary>
internal sealed record VolumeUsageContract(long Size, long RefCount);

/// <summary>Volumes in a list.</summary>
internal sealed record VolumeListContract(IReadOnlyList<VolumeContract> Volumes, IReadOnlyList<string>? Warnings);

/// <summary>What a volume is to be.</summary>
internal sealed record VolumeCreateContract
{
    public string? Name { get; init; }

    public string? Driver { get; init; }

    public Dictionary<string, string>? DriverOpts { get; init; }

    public Dictionary<string, string>? Labels { get; init; }

    /// <summary>Of a swarm, which there is none.</summary>
    public JsonElement? ClusterVolumeSpec { get; init; }
}

/// <summary>The volumes that pruning has removed.</summary>
internal sealed record VolumePruneContract(IReadOnlyList<string>? VolumesDeleted, long SpaceReclaimed);

using System.Text.Json.Serialization;
using ContainerKit.DockerApi.Contracts;

namespace ContainerKit.DockerApi.Builds;

[JsonSourceGenerationOptions(
    PropertyNameCaseInsensitive = true,
    Converters = [typeof(NullAsZero), typeof(NullAsZero.Int32), typeof(NullAsZero.Boolean)])]
[JsonSerializable(typeof(BuildPruneContract))]
[JsonSerializable(typeof(Dictionary<string, string?>))]
[JsonSerializable(typeof(List<string>))]
[JsonSerializable(typeof(List<BuildUlimitContract>))]
internal sealed partial class BuildJson : JsonSerializerContext;

/// <summary>What pruning of the build cache has freed.</summary>
internal sealed record BuildPruneContract(IReadOnlyList<string>? CachesDeleted, long SpaceReclaimed);

/// <summary>A resource limit of commands.</summary>
internal sealed record BuildUlimitContract(string Name, long Hard, long Soft);

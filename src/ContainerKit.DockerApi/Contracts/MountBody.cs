using System.Text.Json;
using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Contracts;

/// <summary>HostConfig.Mounts: <c>docker run --mount</c>.</summary>
internal sealed record MountBody
{
    public string? Type { get; init; }

    public string? Source { get; init; }

    public string? Target { get; init; }

    public bool ReadOnly { get; init; }

    public string? Consistency { get; init; }

    public BindOptionsBody? BindOptions { get; init; }

    public VolumeOptionsBody? VolumeOptions { get; init; }

    public TmpfsOptionsBody? TmpfsOptions { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    internal sealed record BindOptionsBody
    {
        public string? Propagation { get; init; }

        public bool NonRecursive { get; init; }

        public bool CreateMountpoint { get; init; }

        public bool ReadOnlyNonRecursive { get; init; }

        public bool ReadOnlyForceRecursive { get; init; }
    }

    internal sealed record VolumeOptionsBody
    {
        public bool NoCopy { get; init; }

        public IReadOnlyDictionary<string, string>? Labels { get; init; }

        public DriverBody? DriverConfig { get; init; }

        public string? Subpath { get; init; }
    }

    internal sealed record DriverBody
    {
        public string? Name { get; init; }

        public IReadOnlyDictionary<string, string>? Options { get; init; }
    }

    internal sealed record TmpfsOptionsBody
    {
        public long SizeBytes { get; init; }

        public int Mode { get; init; }

        public IReadOnlyList<IReadOnlyList<string>>? Options { get; init; }
    }
}

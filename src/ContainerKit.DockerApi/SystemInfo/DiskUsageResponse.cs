using ContainerKit.DockerApi.Contracts;

namespace ContainerKit.DockerApi.SystemInfo;

/// <summary>GET /system/df.</summary>
internal sealed record DiskUsageResponse
{
    public long? LayersSize { get; init; }

    public IReadOnlyList<ImageUsage>? Images { get; init; }

    public IReadOnlyList<ContainerSummary>? Containers { get; init; }

    public IReadOnlyList<VolumeUsage>? Volumes { get; init; }

    public IReadOnlyList<BuildCacheUsage>? BuildCache { get; init; }

    internal sealed record ImageUsage
    {
        public required string Id { get; init; }

        public string ParentId { get; init; } = "";

        public required IReadOnlyList<string> RepoTags { get; init; }

        public required IReadOnlyList<string> RepoDigests { get; init; }

        public required long Created { get; init; }

        public required long Size { get; init; }

        public required long SharedSize { get; init; }

        public required IReadOnlyDictionary<string, string> Labels { get; init; }

        public required int Containers { get; init; }
    }

    internal sealed record VolumeUsage
    {
        public required string CreatedAt { get; init; }

        public required string Driver { get; init; }

        public required IReadOnlyDictionary<string, string> Labels { get; init; }

        public required string Mountpoint { get; init; }

        public required string Name { get; init; }

        public required IReadOnlyDictionary<string, string> Options { get; init; }

        public string Scope { get; init; } = "local";

        public required VolumeUsageData UsageData { get; init; }
    }

    internal sealed record VolumeUsageData(long Size, int RefCount);

    internal sealed record BuildCacheUsage
    {
        public required string ID { get; init; }

        public required string Type { get; init; }

        public required string Description { get; init; }

        public bool InUse { get; init; }

        public bool Shared { get; init; }

        public required long Size { get; init; }

        public string CreatedAt { get; init; } = Routing.DockerTime.Zero;

        public int UsageCount { get; init; }
    }
}

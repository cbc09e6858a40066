namespace ContainerKit.DockerApi.SystemInfo;

/// <summary>GET /version.</summary>
internal sealed record VersionResponse
{
    public required PlatformName Platform { get; init; }

    public required IReadOnlyList<Component> Components { get; init; }

    public required string Version { get; init; }

    public required string ApiVersion { get; init; }

    public required string MinAPIVersion { get; init; }

    public required string GitCommit { get; init; }

    public required string GoVersion { get; init; }

    public required string Os { get; init; }

    public required string Arch { get; init; }

    public required string KernelVersion { get; init; }

    public required string BuildTime { get; init; }

    internal sealed record PlatformName(string Name);

    internal sealed record Component(string Name, string Version, IReadOnlyDictionary<string, string> Details);
}

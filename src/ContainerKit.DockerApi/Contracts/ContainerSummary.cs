namespace ContainerKit.DockerApi.Contracts;

/// <summary>An element of GET /containers/json.</summary>
internal sealed record ContainerSummary
{
    public required string Id { get; init; }

    public required IReadOnlyList<string> Names { get; init; }

    public required string Image { get; init; }

    public required string ImageID { get; init; }

    public required string Command { get; init; }

    public required long Created { get; init; }

    public required IReadOnlyList<PortBody> Ports { get; init; }

    public long? SizeRw { get; init; }

    public long? SizeRootFs { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required string State { get; init; }

    public required string Status { get; init; }

    public required HostConfigSummary HostConfig { get; init; }

    public required NetworkSummary NetworkSettings { get; init; }

    public required IReadOnlyList<MountPointBody> Mounts { get; init; }

    internal sealed record PortBody(string? IP, int PrivatePort, int? PublicPort, string Type);

    internal sealed record HostConfigSummary(string NetworkMode, IReadOnlyDictionary<string, string>? Annotations);

    internal sealed record NetworkSummary(IReadOnlyDictionary<string, EndpointConfigBody> Networks);
}

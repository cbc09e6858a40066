namespace ContainerKit.DockerApi.Contracts;

/// <summary>Mounts of inspect and list.</summary>
internal sealed record MountPointBody
{
    public required string Type { get; init; }

    public string? Name { get; init; }

    public required string Source { get; init; }

    public required string Destination { get; init; }

    public string? Driver { get; init; }

    public string Mode { get; init; } = "";

    public bool RW { get; init; }

    public string Propagation { get; init; } = "";
}

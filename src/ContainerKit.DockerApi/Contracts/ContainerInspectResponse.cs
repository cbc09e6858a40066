using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Contracts;

/// <summary>GET /containers/{id}/json.</summary>
internal sealed record ContainerInspectResponse
{
    public required string Id { get; init; }

    public required string Created { get; init; }

    public required string Path { get; init; }

    public required IReadOnlyList<string> Args { get; init; }

    public required ContainerStateBody State { get; init; }

    public required string Image { get; init; }

    public required string ResolvConfPath { get; init; }

    public required string HostnamePath { get; init; }

    public required string HostsPath { get; init; }

    public required string LogPath { get; init; }

    public required string Name { get; init; }

    public int RestartCount { get; init; }

    public string Driver { get; init; } = "overlay2";

    public string Platform { get; init; } = "linux";

    public string MountLabel { get; init; } = "";

    public string ProcessLabel { get; init; } = "";

    public string AppArmorProfile { get; init; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public IReadOnlyList<string>? ExecIDs { get; init; }

    public required HostConfigBody HostConfig { get; init; }

    public GraphDriverBody GraphDriver { get; init; } = new("overlay2", null);

    public long? SizeRw { get; init; }

    public long? SizeRootFs { get; init; }

    public required IReadOnlyList<MountPointBody> Mounts { get; init; }

    public required ContainerConfigBody Config { get; init; }

    public required NetworkSettingsBody NetworkSettings { get; init; }

    internal sealed record GraphDriverBody(string Name, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] IReadOnlyDictionary<string, string>? Data);
}

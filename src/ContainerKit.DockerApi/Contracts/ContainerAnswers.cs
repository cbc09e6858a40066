using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Contracts;

/// <summary>GET /containers/{id}/top.</summary>
internal sealed record TopResponse(IReadOnlyList<string> Titles, IReadOnlyList<IReadOnlyList<string>> Processes);

/// <summary>An element of GET /containers/{id}/changes.</summary>
internal sealed record ChangeBody(string Path, int Kind);

/// <summary>POST /containers/{id}/wait.</summary>
internal sealed record WaitResponse(long StatusCode, WaitResponse.WaitError? Error = null)
{
    internal sealed record WaitError(string Message);
}

/// <summary>POST /containers/prune.</summary>
internal sealed record ContainersPruneResponse([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] IReadOnlyList<string>? ContainersDeleted, long SpaceReclaimed);

/// <summary>POST /containers/{id}/update.</summary>
internal sealed record UpdateResponse(IReadOnlyList<string> Warnings);

/// <summary>The header X-Docker-Container-Path-Stat.</summary>
internal sealed record PathStatBody(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("size")] long Size,
    [property: JsonPropertyName("mode")] uint Mode,
    [property: JsonPropertyName("mtime")] string ModifiedAt,
    [property: JsonPropertyName("linkTarget")] string LinkTarget);

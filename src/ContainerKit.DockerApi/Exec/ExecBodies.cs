using System.Text.Json;
using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Exec;

/// <summary>POST /containers/{id}/exec.</summary>
internal sealed record ExecCreateBody
{
    public string? User { get; init; }

    public bool Privileged { get; init; }

    public bool Tty { get; init; }

    public IReadOnlyList<int>? ConsoleSize { get; init; }

    public bool AttachStdin { get; init; }

    public bool AttachStderr { get; init; }

    public bool AttachStdout { get; init; }

    /// <summary>Of old clients; start decides.</summary>
    public bool Detach { get; init; }

    public string? DetachKeys { get; init; }

    public IReadOnlyList<string>? Env { get; init; }

    public string? WorkingDir { get; init; }

    [JsonConverter(typeof(Contracts.CommandConverter))]
    public IReadOnlyList<string>? Cmd { get; init; }

    /// <summary>Of docker-py, which repeats the path.</summary>
    public string? Container { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>POST /exec/{id}/start.</summary>
internal sealed record ExecStartBody
{
    public bool Detach { get; init; }

    public bool Tty { get; init; }

    public IReadOnlyList<int>? ConsoleSize { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>The answer of create.</summary>
internal sealed record ExecIdResponse(string Id);

/// <summary>GET /exec/{id}/json.</summary>
internal sealed record ExecInspectResponse
{
    public required string ID { get; init; }

    public required bool Running { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required int? ExitCode { get; init; }

    public required ProcessConfiguration ProcessConfig { get; init; }

    public required bool OpenStdin { get; init; }

    public required bool OpenStderr { get; init; }

    public required bool OpenStdout { get; init; }

    public required bool CanRemove { get; init; }

    public required string ContainerID { get; init; }

    public string DetachKeys { get; init; } = "";

    public required int Pid { get; init; }

    internal sealed record ProcessConfiguration(
        [property: JsonPropertyName("tty")] bool Tty,
        [property: JsonPropertyName("entrypoint")] string Entrypoint,
        [property: JsonPropertyName("arguments")] IReadOnlyList<string> Arguments,
        [property: JsonPropertyName("privileged")] bool Privileged,
        [property: JsonPropertyName("user")] string User);
}

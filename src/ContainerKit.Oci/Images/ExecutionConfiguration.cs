using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using ContainerKit.Oci.Json;

namespace ContainerKit.Oci;

/// <summary>The defaults for a container of an image: the member <c>config</c> of an <see cref="ImageConfiguration"/>, with Docker's additions.</summary>
public sealed record ExecutionConfiguration
{
    /// <summary>Who runs the process: <c>user</c>, <c>uid</c>, <c>user:group</c>, <c>uid:gid</c> and mixtures; null or empty for root.</summary>
    [JsonPropertyName("User")]
    public string? User { get; init; }

    /// <summary>Ports that the program listens on, <c>port/tcp</c>, <c>port/udp</c> or just <c>port</c>, in ordinal order.</summary>
    [JsonPropertyName("ExposedPorts")]
    [JsonConverter(typeof(StringSetJsonConverter))]
    [AllowNull]
    public IReadOnlySet<string> ExposedPorts { get; init => field = ValueSet.From(value, nameof(ExposedPorts)); } = ValueSet.From(null, nameof(ExposedPorts));

    /// <summary>The environment, each entry <c>NAME=value</c>.</summary>
    [JsonPropertyName("Env")]
    [AllowNull]
    public IReadOnlyList<string> Env { get; init => field = ValueList<string>.From(value, nameof(Env)); } = ValueList<string>.From(null, nameof(Env));

    /// <summary>The program and its first arguments, which the command of a container is appended to.</summary>
    [JsonPropertyName("Entrypoint")]
    [AllowNull]
    public IReadOnlyList<string> Entrypoint { get; init => field = ValueList<string>.From(value, nameof(Entrypoint)); } = ValueList<string>.From(null, nameof(Entrypoint));

    /// <summary>The command where a container gives none: arguments of the entrypoint, or a program of its own where there is none.</summary>
    [JsonPropertyName("Cmd")]
    [AllowNull]
    public IReadOnlyList<string> Cmd { get; init => field = ValueList<string>.From(value, nameof(Cmd)); } = ValueList<string>.From(null, nameof(Cmd));

    /// <summary>Paths whose content belongs on volumes, in ordinal order.</summary>
    [JsonPropertyName("Volumes")]
    [JsonConverter(typeof(StringSetJsonConverter))]
    [AllowNull]
    public IReadOnlySet<string> Volumes { get; init => field = ValueSet.From(value, nameof(Volumes)); } = ValueSet.From(null, nameof(Volumes));

    /// <summary>The working directory; null or empty for <c>/</c>.</summary>
    [JsonPropertyName("WorkingDir")]
    public string? WorkingDir { get; init; }

    /// <summary>Labels, in ordinal order of their names.</summary>
    [JsonPropertyName("Labels")]
    [AllowNull]
    public IReadOnlyDictionary<string, string> Labels { get; init => field = ValueMap.From(value, nameof(Labels)); } = ValueMap.From(null, nameof(Labels));

    /// <summary>The signal that asks the program to end, by name or number; null or empty for SIGTERM.</summary>
    [JsonPropertyName("StopSignal")]
    public string? StopSignal { get; init; }

    /// <summary>How long a container has between the stop signal and SIGKILL, in seconds; null for the engine's default. Docker only.</summary>
    [JsonPropertyName("StopTimeout")]
    public int? StopTimeout { get; init; }

    /// <summary>How to find out whether the program works; null for no check. Docker only.</summary>
    [JsonPropertyName("Healthcheck")]
    public HealthCheck? HealthCheck { get; init; }

    /// <summary>The shell for shell-form instructions of a Dockerfile; empty for <c>/bin/sh -c</c>. Docker only.</summary>
    [JsonPropertyName("Shell")]
    [AllowNull]
    public IReadOnlyList<string> Shell { get; init => field = ValueList<string>.From(value, nameof(Shell)); } = ValueList<string>.From(null, nameof(Shell));

    /// <summary>Instructions that run when another image is built from this one. Docker only.</summary>
    [JsonPropertyName("OnBuild")]
    [AllowNull]
    public IReadOnlyList<string> OnBuild { get; init => field = ValueList<string>.From(value, nameof(OnBuild)); } = ValueList<string>.From(null, nameof(OnBuild));

    /// <summary>True where the command line is already escaped; Windows only, deprecated, kept since Docker writes it.</summary>
    [JsonPropertyName("ArgsEscaped")]
    public bool? ArgsEscaped { get; init; }
}

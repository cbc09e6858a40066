using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using ContainerKit.Oci.Json;

namespace ContainerKit.Oci;

/// <summary>How to find out whether the program in a container works. Times are in steps of 100 ns; null and zero mean the default.</summary>
public sealed record HealthCheck
{
    /// <summary>
    /// The check: empty to inherit it, <c>["NONE"]</c> for none, <c>["CMD", program, argument…]</c>, or <c>["CMD-SHELL", command]</c>.
    /// </summary>
    [JsonPropertyName("Test")]
    [AllowNull]
    public IReadOnlyList<string> Test { get; init => field = ValueList<string>.From(value, nameof(Test)); } = ValueList<string>.From(null, nameof(Test));

    /// <summary>Time between two checks; Docker's default is 30 seconds.</summary>
    [JsonPropertyName("Interval")]
    [JsonConverter(typeof(NanosecondsJsonConverter))]
    public TimeSpan? Interval { get; init; }

    /// <summary>Time after which a check counts as failed; Docker's default is 30 seconds.</summary>
    [JsonPropertyName("Timeout")]
    [JsonConverter(typeof(NanosecondsJsonConverter))]
    public TimeSpan? Timeout { get; init; }

    /// <summary>Time after the start during which failures do not count; Docker's default is none.</summary>
    [JsonPropertyName("StartPeriod")]
    [JsonConverter(typeof(NanosecondsJsonConverter))]
    public TimeSpan? StartPeriod { get; init; }

    /// <summary>Time between two checks during <see cref="StartPeriod"/>; Docker's default is 5 seconds.</summary>
    [JsonPropertyName("StartInterval")]
    [JsonConverter(typeof(NanosecondsJsonConverter))]
    public TimeSpan? StartInterval { get; init; }

    /// <summary>How many failures in a row make the container unhealthy; Docker's default is 3.</summary>
    [JsonPropertyName("Retries")]
    public int? Retries { get; init; }
}

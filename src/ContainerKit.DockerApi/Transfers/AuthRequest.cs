using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Transfers;

/// <summary>A login: the body of POST /auth, and what the headers X-Registry-Auth and X-Registry-Config hold.</summary>
internal sealed record AuthRequest
{
    [JsonPropertyName("username")]
    public string? Username { get; init; }

    [JsonPropertyName("password")]
    public string? Password { get; init; }

    [JsonPropertyName("serveraddress")]
    public string? ServerAddress { get; init; }

    [JsonPropertyName("identitytoken")]
    public string? IdentityToken { get; init; }

    [JsonPropertyName("registrytoken")]
    public string? RegistryToken { get; init; }

    /// <summary>Of very old clients, base64 of user and password.</summary>
    [JsonPropertyName("auth")]
    public string? Auth { get; init; }

    [JsonPropertyName("email")]
    public string? Email { get; init; }

    // A record's own ToString would print the password.
    public override string ToString() => $"{nameof(AuthRequest)} of {ServerAddress}";
}

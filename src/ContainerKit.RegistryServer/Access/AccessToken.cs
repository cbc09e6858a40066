using System.Text.Json.Serialization;

namespace ContainerKit.RegistryServer.Access;

/// <summary>What is in a token (RFC 7519, with the claim <c>access</c> of Docker's token authentication).</summary>
internal sealed record AccessToken(
    [property: JsonPropertyName("iss")] string Issuer,
    [property: JsonPropertyName("sub")] string? Subject,
    [property: JsonPropertyName("aud")] string Audience,
    [property: JsonPropertyName("exp")] long Expires,
    [property: JsonPropertyName("nbf")] long NotBefore,
    [property: JsonPropertyName("iat")] long IssuedAt,
    [property: JsonPropertyName("jti")] string Id,
    [property: JsonPropertyName("access")] IReadOnlyList<AccessTokenScope> Access);

/// <summary>A scope that was granted.</summary>
internal sealed record AccessTokenScope(
    [property: JsonPropertyName("type")] string Type, [property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("actions")] IReadOnlyList<string> Actions);

/// <summary>What the token endpoint answers.</summary>
internal sealed record AccessTokenAnswer(
    [property: JsonPropertyName("token")] string Token,
    [property: JsonPropertyName("access_token")] string OAuthToken,
    [property: JsonPropertyName("expires_in")] int ExpiresIn,
    [property: JsonPropertyName("issued_at")] string IssuedAt);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AccessToken))]
[JsonSerializable(typeof(AccessTokenAnswer))]
internal sealed partial class AccessTokenJson : JsonSerializerContext;

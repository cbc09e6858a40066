using System.Text.Json.Serialization;

namespace ContainerKit.Oci.Registry;

/// <summary>The documents of the distribution protocol and of credential files.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, AllowTrailingCommas = true)]
[JsonSerializable(typeof(ErrorDocument))]
[JsonSerializable(typeof(TagListDocument))]
[JsonSerializable(typeof(CatalogDocument))]
[JsonSerializable(typeof(TokenDocument))]
[JsonSerializable(typeof(AuthFileDocument))]
[JsonSerializable(typeof(HelperDocument))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class RegistryJsonContext : JsonSerializerContext;

/// <summary>What a registry answers with when it refuses.</summary>
internal sealed record ErrorDocument([property: JsonPropertyName("errors")] ErrorEntry?[]? Errors);

internal sealed record ErrorEntry([property: JsonPropertyName("code")] string? Code, [property: JsonPropertyName("message")] string? Message);

/// <summary>Answer of <c>/v2/&lt;name&gt;/tags/list</c>.</summary>
internal sealed record TagListDocument([property: JsonPropertyName("tags")] string?[]? Tags);

/// <summary>Answer of <c>/v2/_catalog</c>.</summary>
internal sealed record CatalogDocument([property: JsonPropertyName("repositories")] string?[]? Repositories);

/// <summary>Answer of a token server.</summary>
internal sealed record TokenDocument(
    [property: JsonPropertyName("token")] string? Token,
    [property: JsonPropertyName("access_token")] string? AccessToken,
    [property: JsonPropertyName("expires_in")] double? ExpiresIn,
    [property: JsonPropertyName("refresh_token")] string? RefreshToken);

/// <summary>~/.docker/config.json and containers-auth.json(5).</summary>
internal sealed record AuthFileDocument(
    [property: JsonPropertyName("auths")] Dictionary<string, AuthFileEntry?>? Auths,
    [property: JsonPropertyName("credsStore")] string? CredentialStore,
    [property: JsonPropertyName("credHelpers")] Dictionary<string, string?>? CredentialHelpers);

internal sealed record AuthFileEntry(
    [property: JsonPropertyName("auth")] string? Auth,
    [property: JsonPropertyName("username")] string? Username,
    [property: JsonPropertyName("password")] string? Password,
    [property: JsonPropertyName("identitytoken")] string? IdentityToken,
    [property: JsonPropertyName("registrytoken")] string? RegistryToken);

/// <summary>What <c>docker-credential-* get</c> prints.</summary>
internal sealed record HelperDocument([property: JsonPropertyName("Username")] string? Username, [property: JsonPropertyName("Secret")] string? Secret)
{
    [JsonPropertyName("ServerURL")]
    public string? ServerUrl { get; init; }
}

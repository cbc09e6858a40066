using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ContainerKit.DockerApi.Routing;
using ContainerKit.Oci;

namespace ContainerKit.DockerApi.Transfers;

/// <summary>Who asks a registry, as clients say it: JSON in base64url, in headers.</summary>
internal static class RegistryAuthentication
{
    private const int MaximumLength = 64 * 1024;

    /// <summary>The header of one registry; null without, and for <c>{}</c>.</summary>
    /// <exception cref="ApiException">It is malformed.</exception>
    internal static RegistryCredential? Read(ApiRequest request)
        => Decode(request, "X-Registry-Auth") is byte[] json ? ToCredential(Parse(json, RegistryAuthenticationJson.Default.AuthRequest, "X-Registry-Auth")) : null;

    /// <summary>The header of all registries that a build may need, by registry.</summary>
    /// <exception cref="ApiException">It is malformed.</exception>
    internal static IReadOnlyDictionary<string, RegistryCredential> ReadAll(ApiRequest request)
    {
        Dictionary<string, RegistryCredential> credentials = new(StringComparer.Ordinal);
        if (Decode(request, "X-Registry-Config") is not byte[] json)
            return credentials;
        foreach ((string address, AuthRequest authentication) in Parse(json, RegistryAuthenticationJson.Default.DictionaryStringAuthRequest, "X-Registry-Config") ?? [])
        {
            if (ToCredential(authentication) is RegistryCredential credential)
                credentials[ToRegistry(address)] = credential;
        }

        return credentials;
    }

    internal static RegistryCredential? ToCredential(AuthRequest? authentication) => authentication switch
    {
        null => null,
        { RegistryToken.Length: > 0 } => RegistryCredential.FromAccessToken(authentication.RegistryToken),
        { IdentityToken.Length: > 0 } => RegistryCredential.FromIdentityToken(authentication.IdentityToken),
        { Username.Length: > 0 } => RegistryCredential.FromPassword(authentication.Username, authentication.Password ?? ""),
        _ => null,
    };

    /// <summary>The registry's name in references: Docker's own is known by an address of its old API.</summary>
    internal static string ToRegistry(string address)
    {
        int scheme = address.IndexOf("://", StringComparison.Ordinal);
        string host = scheme < 0 ? address : address[(scheme + 3)..];
        int slash = host.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
            host = host[..slash];
        return host is "" or "docker.io" or "index.docker.io" or "registry-1.docker.io" ? ImageReference.DefaultRegistry : host;
    }

    private static byte[]? Decode(ApiRequest request, string header)
    {
        string? text = request.Http.Request.Headers[header].ToString();
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (text.Length > MaximumLength)
            throw ApiException.BadRequest($"invalid {header} header: it is too long");

        // Some clients use the other alphabet, some leave the padding out.
        string url = text.Trim().TrimEnd('=').Replace('+', '-').Replace('/', '_');
        return Base64Url.IsValid(url) ? Base64Url.DecodeFromChars(url) : throw ApiException.BadRequest($"invalid {header} header: it is no base64url");
    }

    private static T? Parse<T>(byte[] json, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, string header)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException e)
        {
            // What it holds is secret: neither it nor a part of it goes into a message.
            throw ApiException.BadRequest($"invalid {header} header: it is no JSON of the kind that is expected", e);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(AuthRequest))]
[JsonSerializable(typeof(Dictionary<string, AuthRequest>))]
internal sealed partial class RegistryAuthenticationJson : JsonSerializerContext;

using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ContainerKit.Oci.Registry.Transport;

namespace ContainerKit.Oci.Registry.Authentication;

/// <summary>Fetches tokens: by GET with basic credentials or none ("Docker Registry v2 authentication"), by POST with an identity token (OAuth 2).</summary>
/// <param name="transport">Sends without credentials and does not follow redirects.</param>
/// <param name="boundary">Where credentials may be sent.</param>
/// <param name="time">The clock.</param>
internal sealed class TokenServer(HttpMessageInvoker transport, HostBoundary boundary, TimeProvider time)
{
    private const string ClientId = "containerkit";
    private const int MaxAnswerSize = 256 * 1024;

    // What the protocol says where the server says nothing.
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestLifetime = TimeSpan.FromHours(24);

    // A refresh token that came instead of the one that was sent; servers may let each be used once only.
    private string? _renewedIdentityToken;

    /// <summary>Fetches a token.</summary>
    /// <exception cref="RegistryException">The server refuses, can't be reached, or answers something else.</exception>
    public async Task<AccessToken> FetchAsync(
        AuthenticationChallenge challenge, AccessScopes scopes, RegistryCredential? credential, CancellationToken cancellationToken)
    {
        Uri realm = boundary.RequireTokenRealm(challenge["realm"]);
        using HttpRequestMessage request = credential?.IdentityTokenValue is { } identity
            ? CreateRefresh(realm, challenge["service"], scopes, _renewedIdentityToken ?? identity)
            : CreateGet(realm, challenge["service"], scopes, credential);
        using HttpResponseMessage response = await RegistryHost.SendAsync(transport, request, cancellationToken).ConfigureAwait(false);
        await RegistryAnswer.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        byte[] json = await RegistryAnswer.ReadAsync(response, MaxAnswerSize, "token", cancellationToken).ConfigureAwait(false);
        TokenDocument? document = Parse(json, request);
        string? value = document?.Token is { Length: > 0 } token ? token : document?.AccessToken;
        if (value is not { Length: > 0 } || !value.All(c => c is > ' ' and < '\x7F'))
        {
            throw new RegistryException($"{RegistryAnswer.Describe(request)}: the token server's answer has no token.", url: RegistryAnswer.Redact(request.RequestUri));
        }

        if (credential?.IdentityTokenValue is not null && document!.RefreshToken is { Length: > 0 } renewed)
        {
            _renewedIdentityToken = renewed;
        }

        return new AccessToken(value, time.GetUtcNow() + Lifetime(document!.ExpiresIn));
    }

    private static TimeSpan Lifetime(double? seconds)
    {
        TimeSpan lifetime = seconds is > 0 and var given ? TimeSpan.FromSeconds(Math.Min(given, LongestLifetime.TotalSeconds)) : DefaultLifetime;

        // Renewed a little before: the request that it is for still has to arrive.
        return lifetime * 0.9;
    }

    private static HttpRequestMessage CreateGet(Uri realm, string? service, AccessScopes scopes, RegistryCredential? credential)
    {
        var query = new StringBuilder(realm.Query);
        foreach ((string name, string value) in Parameters(service, scopes, credential))
        {
            query.Append(query.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }

        var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(realm) { Query = query.ToString() }.Uri);
        if (credential?.UserName is not null)
        {
            request.Headers.Authorization = ToBasic(credential);
        }

        return request;
    }

    private static IEnumerable<(string Name, string Value)> Parameters(string? service, AccessScopes scopes, RegistryCredential? credential)
    {
        if (service is not null)
        {
            yield return ("service", service);
        }

        foreach (string scope in scopes.Values)
        {
            yield return ("scope", scope);
        }

        if (credential?.UserName is { } user)
        {
            yield return ("account", user);
        }
    }

    private static HttpRequestMessage CreateRefresh(Uri realm, string? service, AccessScopes scopes, string identityToken)
        => new(HttpMethod.Post, realm)
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["grant_type"] = "refresh_token",
                ["refresh_token"] = identityToken,
                ["service"] = service ?? "",
                ["scope"] = scopes.ToString(),
                ["client_id"] = ClientId,
            }),
        };

    public static AuthenticationHeaderValue ToBasic(RegistryCredential credential)
        => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.UserName}:{credential.Password}")));

    private static TokenDocument? Parse(byte[] json, HttpRequestMessage request)
    {
        try
        {
            return JsonSerializer.Deserialize(json, RegistryJsonContext.Default.TokenDocument);
        }
        catch (JsonException)
        {
            // Without the cause: it may quote the token.
            throw new RegistryException($"{RegistryAnswer.Describe(request)}: the token server's answer is not JSON.", url: RegistryAnswer.Redact(request.RequestUri));
        }
    }
}

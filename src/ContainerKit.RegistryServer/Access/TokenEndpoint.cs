using System.Globalization;
using System.Text.Json;
using ContainerKit.RegistryServer.Routing;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.RegistryServer.Access;

/// <summary>
/// <c>GET /token</c> with a password in the header, and <c>POST /token</c> with one in the form (Docker's token and OAuth 2 authentication): what of the
/// scopes the user may have, for some minutes.
/// </summary>
internal sealed class TokenEndpoint(OciRegistryOptions options, RegistryAuthenticator authenticator, AccessPolicy policy, TokenSigner signer, TimeProvider time)
{
    private const int MaxFormSize = 64 << 10;

    internal async Task HandleAsync(HttpContext http)
    {
        bool isForm = HttpMethods.IsPost(http.Request.Method);
        if (!isForm && !HttpMethods.IsGet(http.Request.Method))
            throw RegistryFault.Unsupported("tokens are asked for by GET or POST");
        (RegistryAccess? access, IEnumerable<string> scopes) = isForm ? await ReadFormAsync(http).ConfigureAwait(false) : await ReadQueryAsync(http).ConfigureAwait(false);
        if (access is null)
        {
            authenticator.ChallengePassword(http);
            throw new RegistryFault(StatusCodes.Status401Unauthorized, "UNAUTHORIZED", "the user name or the password is wrong");
        }

        DateTimeOffset now = time.GetUtcNow();
        var token = new AccessToken(
            options.TokenService, access.User, options.TokenService, (now + options.TokenLifetime).ToUnixTimeSeconds(), now.ToUnixTimeSeconds() - 5, now.ToUnixTimeSeconds(),
            Guid.NewGuid().ToString("N"), ResourceScope.Grant(scopes.SelectMany(scope => scope.Split(' ', StringSplitOptions.RemoveEmptyEntries)), access));
        string text = signer.Sign(token);
        var answer = new AccessTokenAnswer(text, text, (int)options.TokenLifetime.TotalSeconds, now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        http.Response.Headers.CacheControl = "no-store";
        http.Response.ContentType = "application/json";
        await http.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(answer, AccessTokenJson.Default.AccessTokenAnswer), http.RequestAborted).ConfigureAwait(false);
    }

    private async Task<(RegistryAccess? Access, IEnumerable<string> Scopes)> ReadQueryAsync(HttpContext http)
    {
        // A token is no credential here: it would live for ever by being renewed.
        bool isBearer = http.Request.Headers.Authorization.ToString().StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase);
        return (isBearer ? null : await authenticator.AuthenticateAsync(http).ConfigureAwait(false), http.Request.Query["scope"].OfType<string>());
    }

    private async Task<(RegistryAccess? Access, IEnumerable<string> Scopes)> ReadFormAsync(HttpContext http)
    {
        if (!http.Request.HasFormContentType || http.Request.ContentLength is null or > MaxFormSize)
            throw new RegistryFault(StatusCodes.Status400BadRequest, "UNSUPPORTED", $"a form of at most {MaxFormSize} bytes is expected");
        IFormCollection form = await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        string user = form["username"].ToString(), password = form["password"].ToString();
        RegistryAccess? access = form["grant_type"].ToString() switch
        {
            "password" when user.Length > 0 => await authenticator.CheckAsync(user, password, http.RequestAborted).ConfigureAwait(false),
            "password" => policy.For(null),
            _ => throw new RegistryFault(StatusCodes.Status400BadRequest, "UNSUPPORTED", "grant_type has to be password"),
        };
        return (access, form["scope"].OfType<string>());
    }
}

using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.RegistryServer.Access;

/// <summary>Finds out who asks, and what to answer to one who has to say so first.</summary>
internal sealed class RegistryAuthenticator(OciRegistryOptions options, AccessPolicy policy, PasswordChecker? passwords, TokenSigner? signer)
{
    private const int MaxHeaderLength = 64 << 10;

    internal bool UsesTokens => signer is not null;

    /// <summary>True where nobody is asked who he is.</summary>
    internal bool IsOpen => passwords is null && signer is null && !options.TrustClientCertificates;

    /// <summary>What the client may do.</summary>
    /// <returns>Null where its credentials are wrong.</returns>
    internal async ValueTask<RegistryAccess?> AuthenticateAsync(HttpContext http)
    {
        string header = http.Request.Headers.Authorization.ToString();
        if (header.Length > MaxHeaderLength)
            return null;
        if (signer is not null && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return signer.Check(header["Bearer ".Length..].Trim(), options.TokenService) is { } token ? ResourceScope.ToAccess(token) : null;
        if (passwords is not null && ReadBasic(header) is { } credential)
            return await CheckAsync(credential.User, credential.Password, http.RequestAborted).ConfigureAwait(false);
        if (options.TrustClientCertificates && CertificateUser(http) is { } user)
            return policy.For(user);
        return header.Length > 0 && !IsOpen ? null : policy.For(null);
    }

    /// <summary>What a user may do who shows a password; null where it is wrong.</summary>
    internal async ValueTask<RegistryAccess?> CheckAsync(string user, string password, CancellationToken cancellationToken)
        => passwords is not null && await passwords.CheckAsync(user, password, cancellationToken).ConfigureAwait(false) ? policy.For(user) : null;

    /// <summary>Says how to show who one is (RFC 9110, 11.6.1; Docker's token authentication).</summary>
    internal void Challenge(HttpContext http, string? scope, bool isInvalid)
    {
        if (signer is not null)
        {
            string fault = isInvalid ? ",error=\"invalid_token\"" : "";
            string wanted = scope is null ? "" : $",scope=\"{scope}\"";
            http.Response.Headers.WWWAuthenticate = $"Bearer realm=\"{Realm(http)}\",service=\"{options.TokenService}\"{wanted}{fault}";
        }
        else if (passwords is not null)
        {
            ChallengePassword(http);
        }
    }

    /// <summary>For browsers, which have no tokens.</summary>
    internal void ChallengePassword(HttpContext http) => http.Response.Headers.WWWAuthenticate = $"Basic realm=\"{options.TokenService}\", charset=\"UTF-8\"";

    /// <summary>User and password of a header; null where it has none.</summary>
    internal static (string User, string Password)? ReadBasic(string header)
    {
        const string scheme = "Basic ";
        if (!header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            return null;
        byte[] bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[scheme.Length..].Trim(), bytes, out int length))
            return null;
        string text = Encoding.UTF8.GetString(bytes, 0, length);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && !text.Contains('\0', StringComparison.Ordinal) ? (text[..colon], text[(colon + 1)..]) : null;
    }

    /// <summary>The common name of a certificate that the listener has verified.</summary>
    private static string? CertificateUser(HttpContext http)
        => http.Connection.ClientCertificate is { } certificate && certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is { Length: > 0 } name ? name : null;

    private string Realm(HttpContext http)
    {
        if (options.PublicAddress is { } address)
            return new Uri(address, "token").AbsoluteUri;

        // Kestrel has checked the characters of Host; a quote can't be in it.
        return $"{http.Request.Scheme}://{http.Request.Host.ToUriComponent()}{http.Request.PathBase.ToUriComponent()}/token";
    }
}

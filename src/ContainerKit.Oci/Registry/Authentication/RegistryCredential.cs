namespace ContainerKit.Oci;

/// <summary>What shows a registry who is asking. Its text never has the secret.</summary>
public sealed class RegistryCredential
{
    private RegistryCredential(string? userName, string? password, string? identityToken, string? accessToken)
    {
        UserName = userName;
        Password = password;
        IdentityTokenValue = identityToken;
        AccessTokenValue = accessToken;
    }

    /// <summary>The user; null for tokens.</summary>
    public string? UserName { get; }

    internal string? Password { get; }

    /// <summary>An OAuth 2 refresh token, which is exchanged for access tokens.</summary>
    internal string? IdentityTokenValue { get; }

    /// <summary>A token that is sent to the registry as it is.</summary>
    internal string? AccessTokenValue { get; }

    /// <summary>A user with a password, or with what registries call a personal access token.</summary>
    /// <param name="userName">The user, without a colon.</param>
    /// <param name="password">The password.</param>
    /// <exception cref="ArgumentException">The user is empty or has a colon.</exception>
    public static RegistryCredential FromPassword(string userName, string password)
    {
        ArgumentException.ThrowIfNullOrEmpty(userName);
        ArgumentNullException.ThrowIfNull(password);

        // RFC 7617 section 2: the first colon ends the user name.
        return userName.Contains(':', StringComparison.Ordinal)
            ? throw new ArgumentException("a user name has no colon", nameof(userName))
            : new RegistryCredential(userName, password, null, null);
    }

    /// <summary>An identity token, as <c>docker login</c> stores it: an OAuth 2 refresh token for the registry's token server.</summary>
    /// <param name="token">The token.</param>
    public static RegistryCredential FromIdentityToken(string token)
    {
        ArgumentException.ThrowIfNullOrEmpty(token);
        return new RegistryCredential(null, null, token, null);
    }

    /// <summary>A bearer token that is sent to the registry as it is, without asking a token server.</summary>
    /// <param name="token">The token.</param>
    public static RegistryCredential FromAccessToken(string token)
    {
        ArgumentException.ThrowIfNullOrEmpty(token);
        return new RegistryCredential(null, null, null, token);
    }

    /// <summary>What kind it is, without the secret.</summary>
    public override string ToString() => UserName is not null ? $"user {UserName}" : IdentityTokenValue is not null ? "identity token" : "access token";
}

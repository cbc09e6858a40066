namespace ContainerKit.Oci;

/// <summary>A login as credential helpers keep it. Its text never has the secret.</summary>
public sealed class StoredCredential
{
    /// <summary>The user name by which helpers mark an identity token.</summary>
    private const string TokenUser = "<token>";

    /// <summary>A user with a password or a personal access token.</summary>
    /// <param name="userName">The user.</param>
    /// <param name="secret">The password.</param>
    public StoredCredential(string userName, string secret)
    {
        ArgumentException.ThrowIfNullOrEmpty(userName);
        ArgumentException.ThrowIfNullOrEmpty(secret);
        UserName = userName;
        Secret = secret;
    }

    /// <summary>The user; <c>&lt;token&gt;</c> for an identity token.</summary>
    public string UserName { get; }

    /// <summary>The password, or the identity token.</summary>
    public string Secret { get; }

    /// <summary>True: <see cref="Secret"/> is an OAuth 2 refresh token for the registry's token server, and there is no user.</summary>
    public bool IsIdentityToken => UserName == TokenUser;

    /// <summary>An identity token, as <c>docker login</c> gets it from some registries.</summary>
    /// <param name="token">The token.</param>
    public static StoredCredential FromIdentityToken(string token) => new(TokenUser, token);

    /// <summary>The same, for a registry.</summary>
    /// <exception cref="RegistryException">The user name has a colon, which no registry can be told (RFC 7617, section 2).</exception>
    public RegistryCredential ToCredential()
    {
        try
        {
            return IsIdentityToken ? RegistryCredential.FromIdentityToken(Secret) : RegistryCredential.FromPassword(UserName, Secret);
        }
        catch (ArgumentException)
        {
            // Without the cause: it may quote what is secret.
            throw new RegistryException("A credential helper did not print credentials that a registry can be told: there is a colon in the name of the user.");
        }
    }

    /// <summary>The user, without the secret.</summary>
    public override string ToString() => IsIdentityToken ? "identity token" : $"user {UserName}";
}

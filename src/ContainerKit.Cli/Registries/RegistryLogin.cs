namespace ContainerKit.Cli.Registries;

/// <summary>Who this user is at a registry.</summary>
/// <param name="UserName">The user; empty with a token.</param>
/// <param name="Password">The password.</param>
/// <param name="IdentityToken">The registry's token in its place; null without.</param>
internal sealed record RegistryLogin(string UserName, string Password, string? IdentityToken)
{
    // A record's own would print the password.
    public override string ToString() => UserName;
}

namespace ContainerKit.Oci.Registry.Authentication;

/// <summary>The files that the logins of this user write. The environment is looked at with each request for credentials.</summary>
internal sealed class UserCredentialSource : ICredentialSource
{
    /// <inheritdoc/>
    public ValueTask<RegistryCredential?> FindAsync(string registry, string repository, CancellationToken cancellationToken)
        => new CredentialSourceChain([.. Files().Select(file => new AuthFileCredentialSource(file))]).FindAsync(registry, repository, cancellationToken);

    private static IEnumerable<string> Files()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (Variable("REGISTRY_AUTH_FILE") is { } explicitFile)
        {
            // containers-auth.json(5): it stands for the other files of these tools.
            yield return explicitFile;
        }
        else
        {
            if (Variable("XDG_RUNTIME_DIR") is { } runtime)
            {
                yield return Path.Combine(runtime, "containers/auth.json");
            }

            if (Variable("XDG_CONFIG_HOME") is { } configuration)
            {
                yield return Path.Combine(configuration, "containers/auth.json");
            }
            else if (home.Length > 0)
            {
                yield return Path.Combine(home, ".config/containers/auth.json");
            }
        }

        if (Variable("DOCKER_CONFIG") is { } docker)
        {
            yield return Path.Combine(docker, "config.json");
        }
        else if (home.Length > 0)
        {
            yield return Path.Combine(home, ".docker/config.json");
        }
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}

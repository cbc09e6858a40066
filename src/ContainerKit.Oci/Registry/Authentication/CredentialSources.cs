using ContainerKit.Oci.Registry.Authentication;

namespace ContainerKit.Oci;

/// <summary>The sources of credentials that there are, and how they are put together.</summary>
public static class CredentialSources
{
    /// <summary>Has none: every access is anonymous.</summary>
    public static ICredentialSource None { get; } = new CredentialSourceChain([]);

    /// <summary>
    /// What the user's logins have left: <c>$REGISTRY_AUTH_FILE</c>, <c>$XDG_RUNTIME_DIR/containers/auth.json</c> and
    /// <c>~/.config/containers/auth.json</c> (podman, skopeo), then <c>config.json</c> in <c>$DOCKER_CONFIG</c> or <c>~/.docker</c>, with the
    /// credential helpers that these name. Files are read when they are needed; those that are missing are left out.
    /// </summary>
    public static ICredentialSource Default { get; } = new UserCredentialSource();

    /// <summary>Credentials by registry.</summary>
    /// <param name="credentials">By the registry's name in references: <c>docker.io</c>, <c>localhost:5000</c>. Copied.</param>
    public static ICredentialSource FromDictionary(IReadOnlyDictionary<string, RegistryCredential> credentials)
    {
        ArgumentNullException.ThrowIfNull(credentials);
        return new FixedCredentialSource(credentials);
    }

    /// <summary>A file in the form of Docker's <c>config.json</c> or of containers-auth.json(5), with the credential helpers that it names.</summary>
    /// <param name="path">The file; a missing one has no credentials.</param>
    public static ICredentialSource FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new AuthFileCredentialSource(path);
    }

    /// <summary>Asks one source after the other; the first that knows something decides.</summary>
    /// <param name="sources">The sources.</param>
    public static ICredentialSource Combine(params IEnumerable<ICredentialSource> sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        return new CredentialSourceChain([.. sources]);
    }
}

namespace ContainerKit.Oci;

/// <summary>Knows credentials for registries. Safe for concurrent use.</summary>
public interface ICredentialSource
{
    /// <summary>Looks for credentials. The client keeps the answer for as long as it lives.</summary>
    /// <param name="registry">The registry as in references, for instance <c>docker.io</c> or <c>localhost:5000</c>.</param>
    /// <param name="repository">The repository that is accessed, for instance <c>library/alpine</c>; empty where it is the registry as a whole.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The credentials, or null where there are none.</returns>
    /// <exception cref="RegistryException">There are some, which can't be read.</exception>
    ValueTask<RegistryCredential?> FindAsync(string registry, string repository, CancellationToken cancellationToken = default);
}

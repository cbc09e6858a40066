namespace ContainerKit.Oci.Registry.Authentication;

/// <summary>Credentials that the program gives.</summary>
internal sealed class FixedCredentialSource(IReadOnlyDictionary<string, RegistryCredential> credentials) : ICredentialSource
{
    private readonly Dictionary<string, RegistryCredential> _credentials = new(credentials, StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public ValueTask<RegistryCredential?> FindAsync(string registry, string repository, CancellationToken cancellationToken)
        => new(_credentials.GetValueOrDefault(registry));
}

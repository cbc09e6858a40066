namespace ContainerKit.Oci.Registry.Authentication;

/// <summary>The first source that knows something decides.</summary>
internal sealed class CredentialSourceChain(IReadOnlyList<ICredentialSource> sources) : ICredentialSource
{
    /// <inheritdoc/>
    public async ValueTask<RegistryCredential?> FindAsync(string registry, string repository, CancellationToken cancellationToken)
    {
        foreach (ICredentialSource source in sources)
        {
            if (await source.FindAsync(registry, repository, cancellationToken).ConfigureAwait(false) is { } found)
            {
                return found;
            }
        }

        return null;
    }
}

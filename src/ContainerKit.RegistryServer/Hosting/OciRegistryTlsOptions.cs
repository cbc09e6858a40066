using System.Security.Cryptography.X509Certificates;

namespace ContainerKit.RegistryServer;

/// <summary>TLS of an <see cref="OciRegistryServer"/>: who the server is, and which clients are known by certificates.</summary>
public sealed record OciRegistryTlsOptions
{
    /// <summary>The server's certificate with its private key.</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>
    /// The authorities whose client certificates say who a client is: the user of the common name. Where there is a file of users, too, a client may have
    /// either; otherwise no client gets anywhere without. Empty, the default: certificates are not asked for.
    /// </summary>
    public X509Certificate2Collection ClientAuthorities { get; init; } = [];

    /// <summary>Reads PEM files.</summary>
    /// <param name="certificatePath">The server's certificate.</param>
    /// <param name="keyPath">Its private key.</param>
    /// <param name="authoritiesPath">The authorities of clients; null for none.</param>
    public static OciRegistryTlsOptions FromPemFiles(string certificatePath, string keyPath, string? authoritiesPath = null)
    {
        var authorities = new X509Certificate2Collection();
        if (authoritiesPath is not null)
            authorities.ImportFromPemFile(authoritiesPath);
        return new OciRegistryTlsOptions { Certificate = X509Certificate2.CreateFromPemFile(certificatePath, keyPath), ClientAuthorities = authorities };
    }
}

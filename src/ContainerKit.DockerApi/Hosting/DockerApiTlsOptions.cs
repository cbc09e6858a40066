using System.Security.Cryptography.X509Certificates;

namespace ContainerKit.DockerApi;

/// <summary>Mutual TLS: who the server is, and which clients it serves.</summary>
public sealed record DockerApiTlsOptions
{
    /// <summary>The server's certificate with its private key.</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>
    /// The authorities whose client certificates are accepted; no other client gets anywhere. Empty: clients need no certificate, and everybody who
    /// reaches the port may do everything; <see cref="DockerApiOptions.AllowUnauthenticatedTcp"/> has to be set for that.
    /// </summary>
    public X509Certificate2Collection ClientAuthorities { get; init; } = [];

    /// <summary>Reads what Docker calls <c>--tlscert</c>, <c>--tlskey</c> and <c>--tlscacert</c>, all in PEM.</summary>
    /// <param name="certificatePath">The server's certificate.</param>
    /// <param name="keyPath">Its private key.</param>
    /// <param name="authoritiesPath">The authorities of clients; null for none.</param>
    public static DockerApiTlsOptions FromPemFiles(string certificatePath, string keyPath, string? authoritiesPath = null)
    {
        var authorities = new X509Certificate2Collection();
        if (authoritiesPath is not null)
            authorities.ImportFromPemFile(authoritiesPath);
        return new DockerApiTlsOptions { Certificate = X509Certificate2.CreateFromPemFile(certificatePath, keyPath), ClientAuthorities = authorities };
    }
}

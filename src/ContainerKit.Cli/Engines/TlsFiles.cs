using System.Security.Cryptography.X509Certificates;

namespace ContainerKit.Cli.Engines;

/// <summary>The files that a client of a TLS server has, in PEM, by the names that docker gives them.</summary>
/// <param name="Authority">Who the server's certificate has to be from; null: those that this machine trusts.</param>
/// <param name="Certificate">The client's certificate; null for none.</param>
/// <param name="Key">Its private key.</param>
/// <param name="Verify">False: whoever answers is taken for the server.</param>
internal sealed record TlsFiles(string? Authority, string? Certificate, string? Key, bool Verify)
{
    /// <summary>What a directory has of ca.pem, cert.pem and key.pem.</summary>
    public static TlsFiles FromDirectory(string directory, bool verify)
        => new(Existing(directory, "ca.pem"), Existing(directory, "cert.pem"), Existing(directory, "key.pem"), verify);

    public X509Certificate2Collection? LoadAuthorities()
    {
        if (Authority is null)
            return null;
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(Authority);
        return authorities;
    }

    public X509Certificate2? LoadCertificate() => Certificate is null || Key is null ? null : X509Certificate2.CreateFromPemFile(Certificate, Key);

    private static string? Existing(string directory, string name) => Path.Combine(directory, name) is var path && File.Exists(path) ? path : null;
}

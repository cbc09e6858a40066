using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ContainerKit.Oci.Registry.Transport;

/// <summary>Reads a registry's certificates from directories as Docker and podman have them (containers-certs.d(5)).</summary>
internal static class CertificateDirectory
{
    private const string AuthoritySuffix = ".crt";
    private const string CertificateSuffix = ".cert";
    private const string KeySuffix = ".key";

    /// <summary>The options with what the directories say of a registry.</summary>
    /// <exception cref="RegistryException">A file is malformed, can't be read, or its other half is missing.</exception>
    public static RegistryClientOptions Apply(string registry, RegistryClientOptions options)
    {
        string[] files = options.CertificateDirectories.Select(directory => Find(directory, registry)).FirstOrDefault(found => found.Length > 0) ?? [];
        if (files.Length == 0)
        {
            return options;
        }
        RegistryHostOptions host = options.ForHost(registry);
        X509Certificate2Collection authorities = [.. host.CertificateAuthorities ?? []];
        X509Certificate2Collection own = [.. host.ClientCertificates ?? []];
        foreach (string file in files)
        {
            try
            {
                Read(file, authorities, own);
            }
            catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
            {
                throw new RegistryException($"The certificate of {registry} can't be read from {file}: {e.Message}", inner: e);
            }
        }
        var hosts = new Dictionary<string, RegistryHostOptions>(options.Hosts) { [registry] = host with { CertificateAuthorities = authorities, ClientCertificates = own } };
        return options with { Hosts = hosts };
    }

    /// <summary>The files of a registry, in order; none where there is no such directory, or where this user may not look.</summary>
    private static string[] Find(string directory, string registry)
    {
        // A registry's name has no slash and is no dot, so that this is a directory in that one.
        string path = Path.Combine(directory, registry);
        try
        {
            return Directory.Exists(path)
                ? [.. Directory.GetFiles(path).Where(file => Path.GetExtension(file) is AuthoritySuffix or CertificateSuffix or KeySuffix).Order(StringComparer.Ordinal)]
                : [];
        }
        catch (UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static void Read(string file, X509Certificate2Collection authorities, X509Certificate2Collection own)
    {
        string key = Path.ChangeExtension(file, KeySuffix);
        string certificate = Path.ChangeExtension(file, CertificateSuffix);
        switch (Path.GetExtension(file))
        {
            case AuthoritySuffix:
                int before = authorities.Count;
                authorities.ImportFromPemFile(file);
                if (authorities.Count == before)
                {
                    throw new CryptographicException("it holds no certificate in PEM");
                }
                break;
            case CertificateSuffix:
                own.Add(File.Exists(key) ? X509Certificate2.CreateFromPemFile(file, key) : throw new CryptographicException($"there is no key {key}"));
                break;
            default:
                if (!File.Exists(certificate))
                {
                    throw new CryptographicException($"there is no certificate {certificate}");
                }
                break;
        }
    }
}

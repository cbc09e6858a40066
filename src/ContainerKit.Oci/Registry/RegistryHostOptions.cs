using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace ContainerKit.Oci;

/// <summary>How one registry is reached.</summary>
public sealed record RegistryHostOptions
{
    /// <summary>Whether the connection may go without TLS. Default: only to this machine.</summary>
    public PlainHttpPolicy PlainHttp { get; init; } = PlainHttpPolicy.Loopback;

    /// <summary>
    /// True: takes any certificate, so that whoever sits between can read and change everything but content that is asked for by digest.
    /// Default false. Hosts that the registry redirects to are verified all the same.
    /// </summary>
    public bool SkipCertificateVerification { get; init; }

    /// <summary>Authorities that are trusted besides the system's; null: none. Not disposed.</summary>
    public X509Certificate2Collection? CertificateAuthorities { get; init; }

    /// <summary>Certificates, with private keys, by which this client shows who it is to the registry and to no other host; null: none. Not disposed.</summary>
    public X509Certificate2Collection? ClientCertificates { get; init; }

    /// <summary>The proxy; null: what the environment says (<c>HTTPS_PROXY</c>, <c>HTTP_PROXY</c>, <c>NO_PROXY</c>), and none for this machine.</summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>False: connects directly whatever the environment says. Default true.</summary>
    public bool UseProxy { get; init; } = true;

    /// <summary>Registries that are asked first when something is pulled, in this order. Each has its own options and credentials. Default: none.</summary>
    public IReadOnlyList<RegistryMirror> Mirrors { get; init; } = [];

    /// <summary>
    /// Where the registry's API is, where that does not follow from its name: scheme, host and port. Default null:
    /// <c>https://registry-1.docker.io</c> for <c>docker.io</c>, for others the name is the host.
    /// </summary>
    public Uri? Endpoint { get; init; }
}

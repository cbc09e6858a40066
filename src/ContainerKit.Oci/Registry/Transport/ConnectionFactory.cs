using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ContainerKit.Oci.Registry.Transport;

/// <summary>Makes the handlers that hold connections, with the TLS options and the proxy of a registry.</summary>
internal static class ConnectionFactory
{
    /// <summary>RFC 5280 section 4.2.1.12, id-kp-serverAuth.</summary>
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(10);

    /// <summary>Connections to a registry itself.</summary>
    public static HttpMessageInvoker CreateOwn(RegistryClientOptions options, RegistryHostOptions host, Uri origin)
    {
        SocketsHttpHandler handler = Create(options, host, HostBoundary.IsLoopback(origin.Host));
        handler.SslOptions.ClientCertificates = host.ClientCertificates;
        if (host.SkipCertificateVerification)
        {
#pragma warning disable CA5359 // The user asked for it, for this host only.
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        return new HttpMessageInvoker(new ConnectionErrorHandler(handler));
    }

    /// <summary>Connections to hosts that a registry sends clients to: verified, without a client certificate.</summary>
    public static HttpMessageInvoker CreateForeign(RegistryClientOptions options, RegistryHostOptions host)
        => new(new ConnectionErrorHandler(Create(options, host, isLoopback: false)));

    private static SocketsHttpHandler Create(RegistryClientOptions options, RegistryHostOptions host, bool isLoopback)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            // Blobs are what they are: their digest is that of the compressed bytes.
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionLifetime = ConnectionLifetime,
            // A proxy of the environment could not reach this machine's own registry, or would be told what is asked of it.
            UseProxy = host.UseProxy && (host.Proxy is not null || !isLoopback),
            Proxy = host.Proxy,
            MaxResponseHeadersLength = 64,
            Credentials = null,
        };
        if (host.CertificateAuthorities is { Count: > 0 } authorities)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors, authorities);
        }

        return handler;
    }

    private static bool IsTrusted(X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors, X509Certificate2Collection authorities)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        // A wrong host name stays wrong, whoever signed it.
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 leaf)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainElements.Select(element => element.Certificate).ToArray());
        }

        return chain.Build(leaf);
    }
}

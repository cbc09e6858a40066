using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace ContainerKit.Cli.Engines;

/// <summary>Where an engine is: a server, or a data root that this process opens itself.</summary>
internal abstract record EngineAddress
{
    private const string LocalScheme = "local://";

    /// <summary>A directory of this machine.</summary>
    /// <param name="Path">Null: the user's.</param>
    internal sealed record Local(string? Path) : EngineAddress
    {
        public override string ToString() => $"{LocalScheme}{Path}";
    }

    internal sealed record UnixSocket(string Path) : EngineAddress
    {
        public override string ToString() => $"unix://{Path}";
    }

    /// <param name="Tls">The directory of ca.pem, cert.pem and key.pem, as docker has them; null without TLS.</param>
    internal sealed record Tcp(string Host, int Port, TlsFiles? Tls) : EngineAddress
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"tcp://{Host}:{Port}");
    }

    /// <summary>Docker's form: <c>unix:///PATH</c>, <c>tcp://HOST:PORT</c>; ours for a data root is <c>local:///PATH</c>.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static EngineAddress Parse(string text, TlsFiles? tls)
    {
        if (text.StartsWith(LocalScheme, StringComparison.Ordinal))
            return new Local(text.Length == LocalScheme.Length ? null : text[LocalScheme.Length..]);
        if (text.StartsWith("unix://", StringComparison.Ordinal) && text.Length > "unix://".Length)
            return new UnixSocket(text["unix://".Length..]);
        const int plainPort = 2375;
        const int securePort = 2376;
        return text.StartsWith("tcp://", StringComparison.Ordinal) && Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Host.Length > 0 && uri.AbsolutePath is "" or "/"
            ? new Tcp(uri.Host.Trim('[', ']'), uri.Port > 0 ? uri.Port : tls is null ? plainPort : securePort, tls)
            : throw new FormatException($"'{text}' is no address of an engine: unix:///PATH, tcp://HOST:PORT or local:///DATA-ROOT is wanted.");
    }

    /// <exception cref="SocketException">Nobody is there.</exception>
    public async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        switch (this)
        {
            case UnixSocket unix:
                var local = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await local.ConnectAsync(new UnixDomainSocketEndPoint(unix.Path), cancellationToken).ConfigureAwait(false);
                    return new NetworkStream(local, ownsSocket: true);
                }
                catch
                {
                    local.Dispose();
                    throw;
                }

            case Tcp tcp:
                var remote = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await remote.ConnectAsync(tcp.Host, tcp.Port, cancellationToken).ConfigureAwait(false);
                    var stream = new NetworkStream(remote, ownsSocket: true);
                    return tcp.Tls is null ? stream : await SecureAsync(stream, tcp, tcp.Tls, cancellationToken).ConfigureAwait(false);
                }
                catch
                {
                    remote.Dispose();
                    throw;
                }

            default:
                throw new InvalidOperationException("A data root is opened, not connected to.");
        }
    }

    private static async Task<Stream> SecureAsync(Stream stream, Tcp address, TlsFiles files, CancellationToken cancellationToken)
    {
        X509Certificate2Collection? authorities = files.LoadAuthorities();
        var options = new SslClientAuthenticationOptions { TargetHost = address.Host, ClientCertificates = files.LoadCertificate() is { } own ? [own] : [] };
        if (!files.Verify)
        {
#pragma warning disable CA5359 // Docker's --tls without --tlsverify: encrypted, to whoever answers. It has to be asked for.
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (authorities is not null)
        {
            options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        var secured = new SslStream(stream);
        await secured.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
        return secured;
    }
}

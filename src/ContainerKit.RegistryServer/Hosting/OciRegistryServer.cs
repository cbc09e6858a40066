using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ContainerKit.RegistryServer.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerKit.RegistryServer;

/// <summary>Serves an <see cref="OciRegistry"/> from this process: a private registry for a test, an application or a machine.</summary>
public sealed class OciRegistryServer : IAsyncDisposable
{
    /// <summary>What of an upload is received while what came before is hashed and written: more would only leave the caches of the processor.</summary>
    private const int ReceiveBufferSize = 256 * 1024;

    private readonly OciRegistryServerOptions _options;
    private readonly WebApplication _services;
    private readonly IServer _server;
    private int _disposed;

    private OciRegistryServer(OciRegistryServerOptions options)
    {
        _options = options;
        OciRegistryOptions registry = options.Tls is { ClientAuthorities.Count: > 0 } ? options.Registry with { TrustClientCertificates = true } : options.Registry;
        Registry = OciRegistry.Open(registry);

        // Kestrel wants services; the application that has them is never started, so that no signal and no console of the process is taken.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseSockets(sockets => sockets.MaxReadBufferSize = ReceiveBufferSize);
        builder.Services.AddSingleton(registry.LoggerFactory ?? NullLoggerFactory.Instance);
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, TransferMemoryPoolFactory>();
        builder.WebHost.ConfigureKestrel(Configure);
        if (options.Tls is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        _services = builder.Build();
        _server = _services.Services.GetRequiredService<IServer>();
    }

    /// <summary>The registry that is served.</summary>
    public OciRegistry Registry { get; }

    /// <summary>Where it listens, with the ports that were chosen.</summary>
    public IReadOnlyList<Uri> Addresses { get; private set; } = [];

    /// <summary>The name of the registry in references, by its first address: <c>127.0.0.1:5000</c>.</summary>
    public string Name => Addresses[0].Authority;

    /// <summary>Starts to serve.</summary>
    /// <param name="options">What, and where to listen.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <returns>The server; disposing it stops it and closes the registry.</returns>
    /// <exception cref="ArgumentException">The options contradict each other, or would let in whom nobody has meant.</exception>
    /// <exception cref="IOException">An address is in use, or the storage can't be had.</exception>
    /// <exception cref="FormatException">The file of users is not what <c>htpasswd -B</c> writes.</exception>
    public static async Task<OciRegistryServer> StartAsync(OciRegistryServerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        var server = new OciRegistryServer(options);
        try
        {
            await server._server.StartAsync(new RegistryApplication(server.Registry.Dispatcher), cancellationToken).ConfigureAwait(false);
            server.Addresses = [.. server._server.Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address))];
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Stops to serve: no new connections, then <see cref="OciRegistryServerOptions.ShutdownTimeout"/> for what is being served. Idempotent.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        using (var timeout = new CancellationTokenSource(_options.ShutdownTimeout))
            await _server.StopAsync(timeout.Token).ConfigureAwait(false);
        await _services.DisposeAsync().ConfigureAwait(false);
        await Registry.DisposeAsync().ConfigureAwait(false);
    }

    private void Configure(KestrelServerOptions kestrel)
    {
        OciRegistryLimits limits = _options.Registry.Limits;
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MaxConcurrentConnections = limits.MaxConnections;

        // Who sends or takes less than this holds a connection, and of an upload the lock, for nothing.
        var slowest = new MinDataRate(limits.MinBytesPerSecond, TimeSpan.FromSeconds(5));
        kestrel.Limits.MinRequestBodyDataRate = slowest;
        kestrel.Limits.MinResponseDataRate = slowest;
        kestrel.Limits.RequestHeadersTimeout = limits.RequestHeadTimeout;
        kestrel.Limits.KeepAliveTimeout = limits.ConnectionIdleTimeout;
        foreach (IPEndPoint endPoint in _options.EndPoints)
            kestrel.Listen(endPoint, Listen);
    }

    private void Listen(ListenOptions options)
    {
        if (_options.Tls is not { } tls)
        {
            options.Protocols = HttpProtocols.Http1;
            return;
        }

        bool hasPasswords = _options.Registry.HtpasswdFile is not null;
        options.Protocols = HttpProtocols.Http1AndHttp2;
        options.UseHttps(new HttpsConnectionAdapterOptions
        {
            ServerCertificate = tls.Certificate,
            HandshakeTimeout = _options.Registry.Limits.RequestHeadTimeout,
            ClientCertificateMode = tls.ClientAuthorities.Count == 0 ? ClientCertificateMode.NoCertificate
                : hasPasswords ? ClientCertificateMode.AllowCertificate
                : ClientCertificateMode.RequireCertificate,
            ClientCertificateValidation = (certificate, _, _) => IsTrusted(certificate, tls.ClientAuthorities),
        });
    }

    /// <summary>Against the given authorities only: what the machine trusts otherwise does not count.</summary>
    private static bool IsTrusted(X509Certificate2 certificate, X509Certificate2Collection authorities)
    {
        const string clientAuthentication = "1.3.6.1.5.5.7.3.2";
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(clientAuthentication));
        return chain.Build(certificate);
    }
}

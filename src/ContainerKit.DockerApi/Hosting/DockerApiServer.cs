using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using ContainerKit.DockerApi.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ContainerKit.DockerApi;

/// <summary>
/// Serves the Docker Engine API over an engine of this process, so that the process is a Docker host: <c>DOCKER_HOST</c> is one of
/// <see cref="Addresses"/>. Who may connect may do everything that the engine's user may.
/// </summary>
public sealed class DockerApiServer : IAsyncDisposable
{
    private readonly KestrelServer _server;
    private readonly SocketTransportFactory _transport;
    private readonly WebApplication? _tlsServices;
    private readonly DockerApiService _service;
    private readonly DockerApiOptions _options;
    private readonly Dictionary<string, Socket> _sockets = new(StringComparer.Ordinal);
    private int _disposed;
    private int _openConnections;

    private DockerApiServer(ContainerEngine engine, DockerApiOptions options)
    {
        _options = options;
        ILoggerFactory loggers = options.LoggerFactory ?? NullLoggerFactory.Instance;
        _service = new DockerApiService(engine, options.LoggerFactory, options.TimeProvider);
        var kestrel = new KestrelServerOptions { AddServerHeader = false };
        if (options.Tls is not null)
        {
            // TLS wants services that Kestrel keeps to itself; an application that is never started has them.
            WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
            builder.WebHost.UseKestrelCore();
            builder.Services.AddSingleton(loggers);
            _tlsServices = builder.Build();
            kestrel.ApplicationServices = _tlsServices.Services;
        }

        // Archives and contexts have any size and come as slowly as their makers are; who reads logs may stop for hours. What is kept meanwhile is bounded
        // by the buffers of the connection. Bodies of JSON have their own bound.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        var transport = new SocketTransportOptions
        {
            CreateBoundListenSocket = endPoint => endPoint is UnixDomainSocketEndPoint unix && _sockets.TryGetValue(unix.ToString(), out Socket? socket)
                ? socket
                : SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint),
        };
        Configure(kestrel);
        _transport = new SocketTransportFactory(Options.Create(transport), loggers);
        _server = new KestrelServer(Options.Create(kestrel), _transport, loggers);
    }

    /// <summary>Where it listens, in the form of <c>DOCKER_HOST</c>, with the ports that were chosen.</summary>
    public IReadOnlyList<string> Addresses { get; private set; } = [];

    /// <summary>How many clients are connected.</summary>
    internal int OpenConnections => Volatile.Read(ref _openConnections);

    /// <summary>Starts to serve.</summary>
    /// <param name="engine">The engine; the caller keeps it, and disposes it after the server.</param>
    /// <param name="options">Where to listen.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <returns>The server; disposing it stops it. Containers go on as the engine lets them.</returns>
    /// <exception cref="ArgumentException">A value of the options is not allowed, such as TCP without TLS that was not asked for.</exception>
    /// <exception cref="FormatException">One of the hosts is no address.</exception>
    /// <exception cref="IOException">An address is in use, or can't be had.</exception>
    public static async Task<DockerApiServer> StartAsync(ContainerEngine engine, DockerApiOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Hosts.Count == 0)
            throw new ArgumentException("Hosts must have one address at least, as in unix:///run/containerkit.sock.");
        var server = new DockerApiServer(engine, options);
        try
        {
            server.BindSockets();
            await server._server.StartAsync(new ApiApplication(server._service.CreateDispatcher()), cancellationToken).ConfigureAwait(false);
            server.Addresses = [.. server.DescribeAddresses()];
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Stops to serve: no new connections, then <see cref="DockerApiOptions.ShutdownTimeout"/> for what is being served. Idempotent.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        foreach (string path in _sockets.Keys)
            File.Delete(path);
        using (var timeout = new CancellationTokenSource(_options.ShutdownTimeout))
            await _server.StopAsync(timeout.Token).ConfigureAwait(false);
        _server.Dispose();
        foreach (Socket socket in _sockets.Values)
            socket.Dispose();
        await _service.DisposeAsync().ConfigureAwait(false);
        if (_tlsServices is not null)
            await _tlsServices.DisposeAsync().ConfigureAwait(false);
    }

    private void Configure(KestrelServerOptions kestrel)
    {
        foreach (HostAddress host in _options.Hosts.Select(HostAddress.Parse))
        {
            switch (host)
            {
                case HostAddress.UnixSocket unix:
                    kestrel.ListenUnixSocket(unix.Path, Listen);
                    break;
                case HostAddress.Descriptor descriptor:
                    if (FindTcpEndPoint(descriptor) is { } passed)
                    {
                        RequireAuthentication(passed);
                        kestrel.ListenHandle(descriptor.Number, ListenTcp);
                    }
                    else
                    {
                        kestrel.ListenHandle(descriptor.Number, Listen);
                    }

                    break;
                case HostAddress.Tcp tcp:
                    RequireAuthentication(tcp.EndPoint);
                    kestrel.Listen(tcp.EndPoint, ListenTcp);
                    break;
            }
        }
    }

    private void Listen(ListenOptions options)
    {
        options.Use(next => async connection =>
        {
            Interlocked.Increment(ref _openConnections);
            try
            {
                await next(connection).ConfigureAwait(false);
            }
            finally
            {
                Interlocked.Decrement(ref _openConnections);
            }
        });

        // The hijacked streams of Docker's API are HTTP/1.1's.
        options.Protocols = HttpProtocols.Http1;
        options.UseHijacking(isBare: true); // TLS is for TCP only, where it does not matter
    }

    private void ListenTcp(ListenOptions options)
    {
        if (_options.Tls is { } tls)
        {
            options.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = tls.Certificate,
                ClientCertificateMode = tls.ClientAuthorities.Count > 0 ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate,
                ClientCertificateValidation = (certificate, _, _) => IsTrusted(certificate, tls.ClientAuthorities),
            });
        }

        Listen(options);
    }

    /// <summary>Where a socket that was handed over listens for other machines; null for a UNIX socket, whose mode says who may connect.</summary>
    private static EndPoint? FindTcpEndPoint(HostAddress.Descriptor descriptor)
    {
        using var handle = new SafeSocketHandle((nint)descriptor.Number, ownsHandle: false);
        using var socket = new Socket(handle);
        return socket.AddressFamily == AddressFamily.Unix ? null : socket.LocalEndPoint ?? new IPEndPoint(IPAddress.Any, 0);
    }

    private void RequireAuthentication(EndPoint endPoint)
    {
        if (_options.Tls is not { ClientAuthorities.Count: > 0 } && !_options.AllowUnauthenticatedTcp)
        {
            throw new ArgumentException(
                $"tcp://{endPoint} without TLS that checks client certificates gives everybody who reaches the port the rights of this process. Set {nameof(DockerApiOptions.Tls)} "
                + $"with {nameof(DockerApiTlsOptions.ClientAuthorities)}, or {nameof(DockerApiOptions.AllowUnauthenticatedTcp)} if that is meant.");
        }
    }

    /// <summary>Against the given authorities only: what the machine trusts otherwise does not count.</summary>
    private static bool IsTrusted(X509Certificate2 certificate, X509Certificate2Collection authorities)
    {
        const string clientAuthentication = "1.3.6.1.5.5.7.3.2";
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid(clientAuthentication));
        return chain.Build(certificate);
    }

    private void BindSockets()
    {
        foreach (HostAddress.UnixSocket unix in _options.Hosts.Select(HostAddress.Parse).OfType<HostAddress.UnixSocket>())
            _sockets.Add(unix.Path, UnixSocketListener.Listen(unix.Path, _options.SocketMode, _options.SocketGroup));
    }

    private IEnumerable<string> DescribeAddresses()
    {
        // Kestrel's addresses have the ports that were chosen; unix sockets and descriptors are as they were given.
        Queue<string> bound = new(_server.Features.Get<IServerAddressesFeature>()!.Addresses.Where(address => !address.Contains("unix:", StringComparison.Ordinal)));
        foreach (string host in _options.Hosts)
        {
            yield return HostAddress.Parse(host) switch
            {
                HostAddress.UnixSocket unix => $"unix://{unix.Path}",
                HostAddress.Tcp => "tcp://" + new Uri(bound.Dequeue()).Authority,
                _ => host,
            };
        }
    }
}

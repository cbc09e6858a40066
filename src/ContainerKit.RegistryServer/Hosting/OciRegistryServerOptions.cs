using System.Net;

namespace ContainerKit.RegistryServer;

/// <summary>Where an <see cref="OciRegistryServer"/> listens, and what it serves.</summary>
public sealed record OciRegistryServerOptions
{
    /// <summary>The registry.</summary>
    public required OciRegistryOptions Registry { get; init; }

    /// <summary>Where it listens; port 0 for a free one. Default: 127.0.0.1:5000.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints { get; init; } = [new IPEndPoint(IPAddress.Loopback, 5000)];

    /// <summary>TLS; null, the default: none.</summary>
    public OciRegistryTlsOptions? Tls { get; init; }

    /// <summary>
    /// True: other machines may reach it although nobody is asked who he is: everybody there can push and delete, unless access rules say otherwise. Default
    /// false: such an address is refused.
    /// </summary>
    public bool AllowUnauthenticatedAccess { get; init; }

    /// <summary>
    /// True: other machines may reach it without TLS although passwords are sent, since something before it has TLS, or the network is trusted. Default false:
    /// such an address is refused.
    /// </summary>
    public bool AllowPlainHttp { get; init; }

    /// <summary>How long a stop waits for requests that are served. Default 5 s.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <exception cref="ArgumentException">Somebody could do what was not meant.</exception>
    internal void Check()
    {
        if (EndPoints.Count == 0)
            throw new ArgumentException($"{nameof(EndPoints)} must have one address at least.");
        bool knowsUsers = Registry.HtpasswdFile is not null || Tls is { ClientAuthorities.Count: > 0 };
        foreach (IPEndPoint endPoint in EndPoints.Where(endPoint => !IPAddress.IsLoopback(endPoint.Address)))
        {
            if (!knowsUsers && !AllowUnauthenticatedAccess)
            {
                throw new ArgumentException(
                    $"At {endPoint} every machine that reaches it could push and delete. Set {nameof(OciRegistryOptions.HtpasswdFile)} or "
                    + $"{nameof(OciRegistryTlsOptions.ClientAuthorities)}, or {nameof(AllowUnauthenticatedAccess)} if that is meant.");
            }

            if (Registry.HtpasswdFile is not null && Tls is null && !AllowPlainHttp)
            {
                throw new ArgumentException(
                    $"At {endPoint} passwords would go over the network as they are. Set {nameof(Tls)}, or {nameof(AllowPlainHttp)} if something before the server has it.");
            }
        }
    }
}

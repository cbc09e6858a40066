using Microsoft.Extensions.Logging;

namespace ContainerKit.DockerApi;

/// <summary>Where and how <see cref="DockerApiServer"/> listens.</summary>
public sealed record DockerApiOptions
{
    /// <summary>The mode of sockets unless said otherwise: 0660.</summary>
    public const UnixFileMode DefaultSocketMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>
    /// Where it listens: <c>unix:///run/containerkit.sock</c>, <c>tcp://127.0.0.1:2375</c> (port 0 for a free one), <c>tcp://[::1]:2375</c>,
    /// <c>fd://3</c> for a socket that listens already, by its descriptor (systemd's socket activation); one of TCP is treated as <c>tcp://</c> is.
    /// At least one.
    /// </summary>
    public required IReadOnlyList<string> Hosts { get; init; }

    /// <summary>The mode of UNIX sockets. Nobody else can connect at any moment, also not before it is set. Default 0660.</summary>
    public UnixFileMode SocketMode { get; init; } = DefaultSocketMode;

    /// <summary>The group of UNIX sockets, by name or number; null: that of this process.</summary>
    public string? SocketGroup { get; init; }

    /// <summary>TLS for <c>tcp://</c>; null for none.</summary>
    public DockerApiTlsOptions? Tls { get; init; }

    /// <summary>
    /// True: also TCP that checks no client certificate is served. Everybody who can reach the port then is root of this machine, or its user. Default
    /// false: that is refused.
    /// </summary>
    public bool AllowUnauthenticatedTcp { get; init; }

    /// <summary>How long a stop waits for requests that are served. Default 5 s.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Where log messages go; null: nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>The clock; null: the system's.</summary>
    public TimeProvider? TimeProvider { get; init; }
}

using ContainerKit.DockerApi;
using ContainerKit.Oci;
using Microsoft.Extensions.Logging;

namespace ContainerKit.Cli.Serve;

/// <summary>How the engine is served.</summary>
internal sealed record ServeOptions
{
    /// <summary>Empty: the sockets of the service manager, or else <see cref="DefaultHost"/>.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    public string? DataRoot { get; init; }

    public string? Group { get; init; }

    public DockerApiTlsOptions? Tls { get; init; }

    public bool AllowUnauthenticatedTcp { get; init; }

    public RegistryClientOptions Registries { get; init; } = new();

    /// <summary>Reads <see cref="Registries"/> again, on SIGHUP; null: the signal ends the server as others do.</summary>
    public Func<RegistryClientOptions>? ReloadRegistries { get; init; }

    public TimeSpan ShutdownTimeout { get; init; }

    /// <summary>The socket of the service manager; null without one.</summary>
    public string? NotifySocket { get; init; } = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");

    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>True: it was started by a command, and ends when there was nothing to do for <see cref="IdleTimeout"/>.</summary>
    public bool IsBackground { get; init; }

    public TimeSpan IdleTimeout { get; init; }

    /// <summary>Called once it listens; null for nothing.</summary>
    public Func<Task>? Listening { get; init; }

    /// <summary>Where clients find a server that was told nothing: /run/containerkit.sock for root, else in the user's runtime directory.</summary>
    public static string DefaultHost
    {
        get
        {
            if (Environment.IsPrivilegedProcess)
                return "unix:///run/containerkit.sock";
            string? directory = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
            return directory is ['/', ..]
                ? $"unix://{Path.Combine(directory, "containerkit.sock")}"
                : throw new IOException("There is no XDG_RUNTIME_DIR to make a socket in. Give one by --host unix:///PATH.");
        }
    }
}

using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Session;
using ContainerKit.DockerApi;
using ContainerKit.Oci;

namespace ContainerKit.Cli.Serve;

/// <summary><c>ckit serve</c>: the engine as a daemon that Docker's clients talk to.</summary>
internal static class ServeCommand
{
    public static Command Create(CommandConsole console) => new("serve", "Serve the Docker Engine API, so that docker, docker-compose and Testcontainers use this engine")
    {
        MaximumArguments = 0,
        Options =
        [
            new CommandOption("host", 'H', "list", "Where to listen: unix:///PATH, tcp://ADDRESS:PORT, fd:// for sockets of a service manager (default: those, else a UNIX socket)"),
            EngineChoice.DataRootFlag,
            new CommandOption("group", 'G', "string", "The group of UNIX sockets, which may use them besides their owner"),
            new CommandOption("tlscert", null, "string", "The server's certificate, in PEM"),
            new CommandOption("tlskey", null, "string", "Its private key, in PEM"),
            new CommandOption("tlscacert", null, "string", "The authorities of the clients that are let in, in PEM"),
            new CommandOption("allow-unauthenticated-tcp", null, null, "Let everybody who reaches a TCP port be the owner of this process"),
            new CommandOption("insecure-registry", null, "list", "A registry without TLS, or without a certificate that is trusted"),
            new CommandOption("registry-mirror", null, "list", "A registry that is asked before Docker Hub"),
            new CommandOption("config-file", null, "string", "A file with insecure-registries and registry-mirrors as in dockerd's daemon.json, read again on SIGHUP"),
            new CommandOption("shutdown-timeout", null, "int", "Seconds that containers have to end on their stop signal when the server ends (default 15)"),
            new CommandOption("log-level", 'l', "string", "debug, info, warn or error (default info)"),
        ],
        Handler = (invocation, cancellationToken) => new ServeHost(Read(invocation, hasTerminal: !Console.IsInputRedirected), console.Error, console.Signals).RunAsync(cancellationToken),
    };

    /// <summary>What the flags ask for.</summary>
    /// <param name="invocation">The flags.</param>
    /// <param name="hasTerminal">False: a service manager or a script has started it.</param>
    /// <exception cref="UsageException">A value is not allowed.</exception>
    internal static ServeOptions Read(CommandInvocation invocation, bool hasTerminal)
    {
        int seconds = invocation.Number("shutdown-timeout") ?? 15;
        if (seconds < 0)
            throw invocation.Invalid("shutdown-timeout", invocation.Value("shutdown-timeout")!, "it can't be negative");
        return new ServeOptions
        {
            Hosts = invocation.Values("host"),
            DataRoot = EngineChoice.DataRoot(invocation),
            Group = invocation.Value("group"),
            Tls = ReadTls(invocation),
            AllowUnauthenticatedTcp = invocation.IsSet("allow-unauthenticated-tcp"),
            Registries = ReadRegistries(invocation),

            // The reload of a service manager must not end a server that has no file; the end of a terminal does.
            ReloadRegistries = invocation.Has("config-file") || !hasTerminal ? () => ReadRegistries(invocation) : null,
            ShutdownTimeout = TimeSpan.FromSeconds(seconds),
            LogLevel = ServeLogging.ReadLevel(invocation),
        };
    }

    private static DockerApiTlsOptions? ReadTls(CommandInvocation invocation)
        => (invocation.Value("tlscert"), invocation.Value("tlskey")) switch
        {
            (null, null) => invocation.Has("tlscacert") ? throw new UsageException("--tlscacert needs --tlscert and --tlskey.") { Command = invocation.Command } : null,
            (string certificate, string key) => DockerApiTlsOptions.FromPemFiles(certificate, key, invocation.Value("tlscacert")),
            _ => throw new UsageException("--tlscert and --tlskey go together.") { Command = invocation.Command },
        };

    /// <summary>Those of the flags, and those that are in the file now.</summary>
    private static RegistryClientOptions ReadRegistries(CommandInvocation invocation)
    {
        var settings = new RegistrySettings { InsecureRegistries = invocation.Values("insecure-registry"), Mirrors = invocation.Values("registry-mirror") };
        return (invocation.Value("config-file") is { } path ? settings.With(RegistrySettings.Read(path)) : settings).ToClientOptions();
    }
}

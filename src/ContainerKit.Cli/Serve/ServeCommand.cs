using ContainerKit.Cli.CommandLine;
using ContainerKit.DockerApi;
using ContainerKit.Oci;

namespace ContainerKit.Cli.Serve;

/// <summary><c>ckit serve</c>: the engine as a daemon that Docker's clients talk to.</summary>
internal static class ServeCommand
{
    public static Command Create(TextWriter error) => new("serve", "Serve the Docker Engine API, so that docker, docker-compose and Testcontainers use this engine")
    {
        MaximumArguments = 0,
        Options =
        [
            new CommandOption("host", 'H', "list", "Where to listen: unix:///PATH, tcp://ADDRESS:PORT, fd:// for sockets of a service manager (default: those, else a UNIX socket)"),
            new CommandOption("data-root", null, "string", "The directory of images and containers"),
            new CommandOption("group", 'G', "string", "The group of UNIX sockets, which may use them besides their owner"),
            new CommandOption("tlscert", null, "string", "The server's certificate, in PEM"),
            new CommandOption("tlskey", null, "string", "Its private key, in PEM"),
            new CommandOption("tlscacert", null, "string", "The authorities of the clients that are let in, in PEM"),
            new CommandOption("allow-unauthenticated-tcp", null, null, "Let everybody who reaches a TCP port be the owner of this process"),
            new CommandOption("insecure-registry", null, "list", "A registry without TLS, or without a certificate that is trusted"),
            new CommandOption("registry-mirror", null, "list", "A registry that is asked before Docker Hub"),
            new CommandOption("shutdown-timeout", null, "int", "Seconds that containers have to end on their stop signal when the server ends (default 15)"),
            new CommandOption("log-level", 'l', "string", "debug, info, warn or error (default info)"),
        ],
        Handler = (invocation, cancellationToken) => new ServeHost(Read(invocation), error).RunAsync(cancellationToken),
    };

    /// <summary>What the flags ask for.</summary>
    /// <exception cref="UsageException">A value is not allowed.</exception>
    internal static ServeOptions Read(CommandInvocation invocation)
    {
        int seconds = invocation.Number("shutdown-timeout") ?? 15;
        if (seconds < 0)
            throw invocation.Invalid("shutdown-timeout", invocation.Value("shutdown-timeout")!, "it can't be negative");
        return new ServeOptions
        {
            Hosts = invocation.Values("host"),
            DataRoot = invocation.Value("data-root"),
            Group = invocation.Value("group"),
            Tls = ReadTls(invocation),
            AllowUnauthenticatedTcp = invocation.IsSet("allow-unauthenticated-tcp"),
            Registries = ReadRegistries(invocation),
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

    private static RegistryClientOptions ReadRegistries(CommandInvocation invocation)
    {
        Dictionary<string, RegistryHostOptions> hosts = new(StringComparer.Ordinal);
        foreach (string registry in invocation.Values("insecure-registry"))
            hosts[registry] = new RegistryHostOptions { PlainHttp = PlainHttpPolicy.Allow, SkipCertificateVerification = true };
        IReadOnlyList<string> mirrors = invocation.Values("registry-mirror");
        if (mirrors.Count > 0)
            hosts[ImageReference.DefaultRegistry] = new RegistryHostOptions { Mirrors = [.. mirrors.Select(mirror => ToMirror(invocation, mirror))] };
        return new RegistryClientOptions { Hosts = hosts };
    }

    private static RegistryMirror ToMirror(CommandInvocation invocation, string mirror)
        => Uri.TryCreate(mirror.Contains("://", StringComparison.Ordinal) ? mirror : $"https://{mirror}", UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"
            ? new RegistryMirror(address.Authority, address.AbsolutePath.Trim('/'))
            : throw invocation.Invalid("registry-mirror", mirror, "an address such as https://mirror.example is wanted");
}

using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Contexts;

namespace ContainerKit.Cli.Engines;

/// <summary>
/// Which engine a command is for. Flags win over variables, and what is ckit's own over what it shares with docker: <c>--host</c>, <c>--context</c>,
/// <c>--data-root</c>, CONTAINERKIT_HOST, CONTAINERKIT_CONTEXT, CKIT_DATA_ROOT, DOCKER_HOST, the context in use, the user's data root.
/// </summary>
internal static class EngineChoice
{
    public const string DataRootOption = "data-root";

    private const string HostOption = "host";
    private const string ContextOption = "context";

    public static CommandOption DataRootFlag { get; } =
        new(DataRootOption, null, "string", "The directory of images and containers (default: $CKIT_DATA_ROOT, else the user's)");

    public static IReadOnlyList<CommandOption> Options { get; } =
    [
        DataRootFlag,
        new(HostOption, 'H', "string", "The engine: unix:///PATH, tcp://HOST:PORT or local:///DATA-ROOT (default: $CONTAINERKIT_HOST, $DOCKER_HOST, else none is needed)"),
        new(ContextOption, 'c', "string", "The name of an engine, see ckit context"),
        new("tls", null, null, "Use TLS; implied by --tlsverify"),
        new("tlscacert", null, "string", "Trust certificates signed by this authority only"),
        new("tlscert", null, "string", "The client's certificate, in PEM"),
        new("tlskey", null, "string", "Its private key, in PEM"),
        new("tlsverify", null, null, "Use TLS and verify the server"),
    ];

    public static EngineAddress Find(CommandInvocation invocation)
    {
        if (invocation.Value(HostOption) is string host)
            return EngineAddress.Parse(host, Tls(invocation));
        if (invocation.Value(ContextOption) is string context)
            return OfContext(context);
        if (invocation.Value(DataRootOption) is { Length: > 0 } root)
            return new EngineAddress.Local(root);
        if (Variable("CONTAINERKIT_HOST") is string own)
            return EngineAddress.Parse(own, Tls(invocation));
        if (Variable("CONTAINERKIT_CONTEXT") is string name)
            return OfContext(name);
        if (Variable("CKIT_DATA_ROOT") is string directory)
            return new EngineAddress.Local(directory);
        return Variable("DOCKER_HOST") is string docker ? EngineAddress.Parse(docker, Tls(invocation)) : OfContext(ContextStore.Own.Current);
    }

    /// <summary>The directory for an engine in this process; null: the user's.</summary>
    public static string? DataRoot(CommandInvocation invocation) => invocation.Value(DataRootOption) is { Length: > 0 } root ? root : Variable("CKIT_DATA_ROOT");

    /// <summary>The name for which <see cref="Find"/> decides; null when something else does.</summary>
    public static string? FindContext(CommandInvocation invocation)
        => invocation.Value(ContextOption) ?? (invocation.Has(HostOption) || invocation.Has(DataRootOption) || Variable("CONTAINERKIT_HOST") is not null ? null
            : Variable("CONTAINERKIT_CONTEXT") ?? (Variable("CKIT_DATA_ROOT") is null && Variable("DOCKER_HOST") is null ? ContextStore.Own.Current : null));

    private static EngineAddress OfContext(string name) => name == ContextStore.DefaultName ? new EngineAddress.Local(null) : ContextStore.Own.Get(name).Address;

    private static TlsFiles? Tls(CommandInvocation invocation)
    {
        bool verify = invocation.IsSet("tlsverify") || Variable("DOCKER_TLS_VERIFY") is not null;
        if (!verify && !invocation.IsSet("tls") && !invocation.Has("tlscacert") && !invocation.Has("tlscert"))
            return null;
        TlsFiles found = TlsFiles.FromDirectory(Variable("DOCKER_CERT_PATH") ?? DockerDirectory.Path, verify);
        return new TlsFiles(invocation.Value("tlscacert") ?? found.Authority, invocation.Value("tlscert") ?? found.Certificate, invocation.Value("tlskey") ?? found.Key, verify || invocation.Has("tlscacert"));
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}

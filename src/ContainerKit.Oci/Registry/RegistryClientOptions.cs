using Microsoft.Extensions.Logging;

namespace ContainerKit.Oci;

/// <summary>How a <see cref="RegistryClient"/> reaches registries.</summary>
public sealed record RegistryClientOptions
{
    /// <summary>
    /// Where user names, passwords and tokens come from. The default is what the user's <c>docker login</c> and <c>podman login</c> have
    /// left: <see cref="CredentialSources.Default"/>. <see cref="CredentialSources.None"/> makes every access anonymous.
    /// </summary>
    public ICredentialSource Credentials { get; init; } = CredentialSources.Default;

    /// <summary>What holds for registries that are not in <see cref="Hosts"/>.</summary>
    public RegistryHostOptions Defaults { get; init; } = new();

    /// <summary>What holds for single registries, by their name in references: <c>docker.io</c>, <c>localhost:5000</c>. Default: empty.</summary>
    public IReadOnlyDictionary<string, RegistryHostOptions> Hosts { get; init; } = new Dictionary<string, RegistryHostOptions>();

    /// <summary>
    /// Directories in which a registry's certificates are, as Docker and podman have them: <c>HOST:PORT/*.crt</c> are authorities that are trusted
    /// besides the system's, <c>HOST:PORT/NAME.cert</c> with <c>NAME.key</c> is a certificate that is shown to that registry alone, all as PEM. Of
    /// several directories that know a registry the first counts, in addition to the registry's <see cref="RegistryHostOptions"/>. They are read when
    /// a registry is first used. Default: <see cref="DefaultCertificateDirectories"/>.
    /// </summary>
    /// <remarks>https://docs.docker.com/engine/security/certificates/ and containers-certs.d(5).</remarks>
    public IReadOnlyList<string> CertificateDirectories { get; init; } = DefaultCertificateDirectories;

    /// <summary>
    /// <c>~/.config/containers/certs.d</c>, <c>/etc/containers/certs.d</c> and <c>/etc/docker/certs.d</c>.
    /// </summary>
    public static IReadOnlyList<string> DefaultCertificateDirectories { get; } =
    [
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config/containers/certs.d"), "/etc/containers/certs.d", "/etc/docker/certs.d",
    ];

    /// <summary>
    /// Where it is logged what is asked of registries and what they answer: method, address, status and time, never headers, queries, content or
    /// anything else in which credentials are. Null, the default: nowhere.
    /// </summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>How often a request is sent again after a broken connection, a stall, 429 or 5xx. Default 5; 0: never.</summary>
    public int MaxRetries { get; init; } = 5;

    /// <summary>The pause before the first repetition, which doubles with each one and is varied at random by a quarter. Default 500 ms.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// The longest pause between repetitions, also where a registry asks for a longer one (<c>Retry-After</c>): then the request fails at
    /// once with 429. Default 60 s.
    /// </summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long connecting may take, TLS included. Default 15 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a transfer may stand still, in either direction, before it counts as broken. Default 30 s.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a registry may take to answer once a request was sent; it verifies uploads meanwhile. Default 2 min.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>What requests say of their sender. Default <c>ContainerKit</c> and its version.</summary>
    public string UserAgent { get; init; } = $"ContainerKit/{typeof(RegistryClientOptions).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>The clock of time-outs, pauses and the expiry of tokens. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal RegistryHostOptions ForHost(string registry) => Hosts.GetValueOrDefault(registry) ?? Defaults;
}

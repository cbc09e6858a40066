using ContainerKit.Oci;
using Microsoft.Extensions.Logging;

namespace ContainerKit.RegistryServer;

/// <summary>What an <see cref="OciRegistry"/> keeps where, and for whom.</summary>
public sealed record OciRegistryOptions
{
    /// <summary>
    /// The directory of everything; made, for this user alone, when it is not there. Several processes may use it at the same time, on a file system that has
    /// flock(2) between them.
    /// </summary>
    public required string StorageDirectory { get; init; }

    /// <summary>
    /// The file of users and bcrypt hashes, as <c>htpasswd -B</c> writes it; changes are seen at once. Null, the default: nobody has a password.
    /// </summary>
    public string? HtpasswdFile { get; init; }

    /// <summary>
    /// True: clients get tokens for scopes at <c>/token</c>, with their password or as anybody, and show those. Default false: they show the password with each
    /// request. Clients of Docker log in only where the registry asks them to, so repositories that everybody may pull from need tokens.
    /// </summary>
    public bool UseTokens { get; init; }

    /// <summary>How the registry is called in tokens and challenges. Default <c>containerkit-registry</c>.</summary>
    /// <exception cref="ArgumentException">The value has characters other than letters, digits, dots, colons, dashes and underscores.</exception>
    public string TokenService
    {
        get;
        init => field = value is { Length: > 0 } && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or ':' or '-' or '_')
            ? value
            : throw new ArgumentException("letters, digits, '.', ':', '-' and '_' only", nameof(TokenService));
    } = "containerkit-registry";

    /// <summary>How long tokens are valid. Default 5 minutes.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// True: whoever shows a client certificate that the listener accepts is the user of its common name. <see cref="OciRegistryServer"/> sets it for
    /// <see cref="OciRegistryTlsOptions.ClientAuthorities"/>; for <c>MapOciRegistry</c> the application's listeners have to check certificates.
    /// </summary>
    public bool TrustClientCertificates { get; init; }

    /// <summary>
    /// Who may do what. Empty, the default: whoever has shown who he is may do everything, and everybody where there is no way to show it.
    /// </summary>
    public IReadOnlyList<OciRegistryAccessRule> AccessRules { get; init; } = [];

    /// <summary>The address under which clients know the registry, for the address of tokens and for the web page; null, the default: what they ask for.</summary>
    public Uri? PublicAddress { get; init; }

    /// <summary>True: nothing can be pushed or deleted. Default false.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Bounds. Default: those of <see cref="OciRegistryLimits"/>.</summary>
    public OciRegistryLimits Limits { get; init; } = new();

    /// <summary>When content that nothing refers to is removed. Default: that of <see cref="OciRegistryCollectionOptions"/>.</summary>
    public OciRegistryCollectionOptions Collection { get; init; } = new();

    /// <summary>The registry whose images this one hands on and keeps; nothing can be pushed then. Null, the default: none.</summary>
    public OciRegistryMirrorOptions? Mirror { get; init; }

    /// <summary>Who is told about pushes and deletions. Default: nobody.</summary>
    public IReadOnlyList<OciRegistryWebhook> Webhooks { get; init; } = [];

    /// <summary>True, the default: browsers get a page with repositories and tags at <c>/</c>.</summary>
    public bool ServeWebPage { get; init; } = true;

    /// <summary>True, the default: <c>/metrics</c> and <c>/healthz</c> are there; metrics need the right to list repositories.</summary>
    public bool ServeMetrics { get; init; } = true;

    /// <summary>Where log messages go; null: nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>The clock; null: the system's.</summary>
    public TimeProvider? TimeProvider { get; init; }

    /// <summary>What contradicts itself.</summary>
    /// <exception cref="ArgumentException">Something does.</exception>
    internal void Check()
    {
        ArgumentException.ThrowIfNullOrEmpty(StorageDirectory);
        if (UseTokens && HtpasswdFile is null && !TrustClientCertificates)
            throw new ArgumentException($"{nameof(UseTokens)} needs a way to show who one is: set {nameof(HtpasswdFile)}.");
        if (PublicAddress is { } address && (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https")))
            throw new ArgumentException($"{nameof(PublicAddress)} has to be an address such as https://registry.example/.");
        if (TokenLifetime < TimeSpan.FromMinutes(1))
            throw new ArgumentException($"{nameof(TokenLifetime)} has to be a minute at least: clients take less for one.");
    }

    internal RegistryClientOptions UpstreamOptions => Mirror?.Client ?? new RegistryClientOptions();
}

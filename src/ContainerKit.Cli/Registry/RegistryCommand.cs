using System.Globalization;
using System.Net;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Containers;
using ContainerKit.Cli.Serve;
using ContainerKit.Cli.Session;
using ContainerKit.RegistryServer;

namespace ContainerKit.Cli.Registry;

/// <summary><c>ckit registry</c>: a private registry.</summary>
internal static class RegistryCommand
{
    private const int DefaultPort = 5000;

    public static Command Create(CommandConsole console) => new("registry", "A private container registry")
    {
        Commands = [CreateServe(console), CreateCollect(console)],
    };

    private static Command CreateServe(CommandConsole console) => new("serve", "Serve a registry: docker, podman and others push to it and pull from it")
    {
        MaximumArguments = 0,
        Options =
        [
            new("host", 'H', "list", "Where to listen, ADDRESS:PORT (default 127.0.0.1:5000)"),
            new("storage", null, "string", "The directory of the images (default: below the user's data directory)"),
            new("htpasswd", null, "string", "The file of users and their bcrypt hashes, as htpasswd -B writes it"),
            new("tokens", null, null, "Give tokens for passwords, as large registries do, instead of asking for the password with each request"),
            new("allow", null, "list", "Who may do what: USERS:REPOSITORIES:ACTIONS, as in alice,bob:team/**:pull,push or anonymous:public/**:pull"),
            new("tlscert", null, "string", "The server's certificate, in PEM"),
            new("tlskey", null, "string", "Its private key, in PEM"),
            new("tlscacert", null, "string", "The authorities of the clients that are let in by certificate, in PEM"),
            new("allow-unauthenticated", null, null, "Let other machines in although nobody is asked who he is"),
            new("allow-plain-http", null, null, "Let other machines in without TLS, although passwords are sent"),
            new("public-address", null, "string", "The address that clients know, as in https://registry.example/, where it is another one"),
            new("read-only", null, null, "Refuse to push and to delete"),
            new("mirror", null, "string", "Be a cache of this registry, as in docker.io"),
            new("quota", null, "string", "The most that the blobs of a repository may have together, as in 20g"),
            new("max-blob-size", null, "string", "The largest blob (default 100g)"),
            new("gc-interval", null, "duration", "The time between two collections of what nothing refers to; 0 for none (default 1h)"),
            new("gc-lease", null, "duration", "How long a push may take from its first blob to its manifest (default 24h)"),
            new("gc-untagged", null, null, "Also collect manifests that have no tag"),
            new("webhook", null, "list", "An address that is told about pushes and deletions"),
            new("no-web", null, null, "Serve no page for browsers"),
            new("log-level", 'l', "string", "debug, info, warn or error (default info)"),
        ],
        Handler = (invocation, token) => new RegistryHost(Read(invocation), ServeLogging.ReadLevel(invocation), console).RunAsync(token),
    };

    private static Command CreateCollect(CommandConsole console) => new("gc", "Remove blobs that no manifest needs, also while the registry is served")
    {
        MaximumArguments = 0,
        Options =
        [
            new("storage", null, "string", "The directory of the images"),
            new("gc-lease", null, "duration", "Keep what was pushed in this time (default 24h)"),
            new("gc-untagged", null, null, "Also remove manifests that have no tag"),
        ],
        Handler = async (invocation, token) =>
        {
            var options = new OciRegistryOptions { StorageDirectory = ReadStorage(invocation), Collection = ReadCollection(invocation) with { Interval = null } };
            OciRegistry registry = OciRegistry.Open(options);
            await using (registry.ConfigureAwait(false))
            {
                OciRegistryCollectionResult result = await registry.CollectGarbageAsync(token).ConfigureAwait(false);
                await console.Output.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Removed {result.Blobs} blobs, {result.Manifests} manifests and {result.Uploads} uploads\nTotal reclaimed space: {Output.HumanText.Size(result.ReclaimedBytes)}")).ConfigureAwait(false);
            }

            return 0;
        },
    };

    /// <summary>What the flags ask for.</summary>
    /// <exception cref="UsageException">A value is not allowed.</exception>
    internal static OciRegistryServerOptions Read(CommandInvocation invocation)
    {
        var limits = new OciRegistryLimits { RepositoryQuota = ReadSize(invocation, "quota") };
        if (ReadSize(invocation, "max-blob-size") is { } size)
            limits = limits with { MaxBlobSize = size };
        IReadOnlyList<string> hosts = invocation.Values("host");
        return new OciRegistryServerOptions
        {
            EndPoints = hosts.Count > 0 ? [.. hosts.Select(host => ReadEndPoint(invocation, host))] : [new IPEndPoint(IPAddress.Loopback, DefaultPort)],
            Tls = ReadTls(invocation),
            AllowUnauthenticatedAccess = invocation.IsSet("allow-unauthenticated"),
            AllowPlainHttp = invocation.IsSet("allow-plain-http"),
            Registry = new OciRegistryOptions
            {
                StorageDirectory = ReadStorage(invocation),
                HtpasswdFile = invocation.Value("htpasswd"),
                UseTokens = invocation.IsSet("tokens"),
                AccessRules = [.. invocation.Values("allow").Select(OciRegistryAccessRule.Parse)],
                PublicAddress = invocation.Value("public-address") is { } address ? ReadAddress(invocation, "public-address", address) : null,
                ReadOnly = invocation.IsSet("read-only"),
                Mirror = invocation.Value("mirror") is { } upstream ? new OciRegistryMirrorOptions { Registry = upstream } : null,
                Limits = limits,
                Collection = ReadCollection(invocation),
                Webhooks = [.. invocation.Values("webhook").Select(webhook => new OciRegistryWebhook { Address = ReadAddress(invocation, "webhook", webhook) })],
                ServeWebPage = !invocation.IsSet("no-web"),
            },
        };
    }

    private static OciRegistryCollectionOptions ReadCollection(CommandInvocation invocation)
    {
        var options = new OciRegistryCollectionOptions { RemoveUntagged = invocation.IsSet("gc-untagged") };
        if (invocation.Value("gc-interval") is { } interval)
            options = options with { Interval = ReadDuration(invocation, "gc-interval", interval) is var time && time > TimeSpan.Zero ? time : null };
        return invocation.Value("gc-lease") is { } lease ? options with { Lease = ReadDuration(invocation, "gc-lease", lease) } : options;
    }

    /// <summary>/var/lib/containerkit-registry for root, else in the user's data directory.</summary>
    private static string ReadStorage(CommandInvocation invocation)
        => invocation.Value("storage")
            ?? (Environment.IsPrivilegedProcess
                ? "/var/lib/containerkit-registry"
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "containerkit-registry"));

    private static IPEndPoint ReadEndPoint(CommandInvocation invocation, string text)
    {
        string address = text.StartsWith("localhost", StringComparison.OrdinalIgnoreCase) ? "127.0.0.1" + text["localhost".Length..] : text.StartsWith(':') ? "127.0.0.1" + text : text;
        return IPEndPoint.TryParse(address, out IPEndPoint? endPoint)
            ? address.LastIndexOf(':') > address.LastIndexOf(']') && (address.StartsWith('[') || address.Count(c => c == ':') == 1) ? endPoint : new IPEndPoint(endPoint.Address, DefaultPort)
            : throw invocation.Invalid("host", text, "ADDRESS:PORT with a numeric address is wanted");
    }

    private static OciRegistryTlsOptions? ReadTls(CommandInvocation invocation) => (invocation.Value("tlscert"), invocation.Value("tlskey")) switch
    {
        (null, null) => invocation.Has("tlscacert") ? throw new UsageException("--tlscacert needs --tlscert and --tlskey.") { Command = invocation.Command } : null,
        (string certificate, string key) => OciRegistryTlsOptions.FromPemFiles(certificate, key, invocation.Value("tlscacert")),
        _ => throw new UsageException("--tlscert and --tlskey go together.") { Command = invocation.Command },
    };

    private static Uri ReadAddress(CommandInvocation invocation, string flag, string text)
        => Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"
            ? address
            : throw invocation.Invalid(flag, text, "an address such as https://host.example/ is wanted");

    private static long? ReadSize(CommandInvocation invocation, string flag)
        => invocation.Value(flag) is { } text ? ByteSize.Parse(text).Bytes : null;

    private static TimeSpan ReadDuration(CommandInvocation invocation, string flag, string text)
        => DurationText.TryParse(text) ?? throw invocation.Invalid(flag, text, "a duration such as 90m or 1h is wanted");
}

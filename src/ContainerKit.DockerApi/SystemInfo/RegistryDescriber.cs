using ContainerKit.Oci;

namespace ContainerKit.DockerApi.SystemInfo;

/// <summary>Describes how registries are reached as Docker's info does.</summary>
internal static class RegistryDescriber
{
    private const string Hub = ImageReference.DefaultRegistry;

    internal static InfoResponse.RegistryConfiguration Describe(RegistryClientOptions options)
    {
        SortedDictionary<string, InfoResponse.IndexConfiguration> indexes = new(StringComparer.Ordinal);
        foreach ((string name, RegistryHostOptions host) in options.Hosts.Append(new(Hub, ForHost(options, Hub))))
            indexes[name] = new InfoResponse.IndexConfiguration(name, [.. host.Mirrors.Select(mirror => Address(options, mirror))], IsSecure(host), name == Hub);
        return new InfoResponse.RegistryConfiguration
        {
            InsecureRegistryCIDRs = Ranges(options.Defaults),
            IndexConfigs = indexes,
            Mirrors = indexes[Hub].Mirrors,
        };
    }

    private static RegistryHostOptions ForHost(RegistryClientOptions options, string registry) => options.Hosts.GetValueOrDefault(registry) ?? options.Defaults;

    private static bool IsSecure(RegistryHostOptions host) => !host.SkipCertificateVerification && host.PlainHttp is PlainHttpPolicy.Loopback or PlainHttpPolicy.Never;

    /// <summary>Docker's end with a slash.</summary>
    private static string Address(RegistryClientOptions options, RegistryMirror mirror)
    {
        string scheme = ForHost(options, mirror.Registry).PlainHttp == PlainHttpPolicy.Require ? "http" : "https";
        return $"{scheme}://{mirror.Registry}/{(mirror.RepositoryPrefix.Length == 0 ? "" : mirror.RepositoryPrefix + "/")}";
    }

    /// <summary>Registries without options of their own.</summary>
    private static string[] Ranges(RegistryHostOptions defaults) => defaults switch
    {
        _ when !IsSecure(defaults) => ["0.0.0.0/0", "::/0"],
        { PlainHttp: PlainHttpPolicy.Loopback } => ["127.0.0.0/8", "::1/128"],
        _ => [],
    };
}

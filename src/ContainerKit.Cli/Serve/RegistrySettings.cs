using System.Text.Json;
using System.Text.Json.Serialization;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Oci;

namespace ContainerKit.Cli.Serve;

/// <summary>How a server reaches registries, by its flags and by a file with the two keys of dockerd's daemon.json that are about it.</summary>
internal sealed record RegistrySettings
{
    private const int LargestFile = 1024 * 1024;

    /// <summary>Registries without TLS, or without a certificate that is trusted.</summary>
    [JsonPropertyName("insecure-registries")]
    public IReadOnlyList<string> InsecureRegistries { get; init => field = value ?? []; } = [];

    /// <summary>What is asked before Docker Hub, in this order.</summary>
    [JsonPropertyName("registry-mirrors")]
    public IReadOnlyList<string> Mirrors { get; init => field = value ?? []; } = [];

    /// <summary>Reads <c>{"insecure-registries": ["r.local:5000"], "registry-mirrors": ["https://mirror.local"]}</c>.</summary>
    /// <exception cref="UsageException">There is no such file, or it has other content. Keys that are not known are an error: they would do nothing.</exception>
    public static RegistrySettings Read(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.Length > LargestFile)
                throw new UsageException($"The settings in {path} can't be used: the file is longer than {LargestFile} bytes.");
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), RegistrySettingsJson.Default.RegistrySettings) ?? new RegistrySettings();
        }
        catch (JsonException e)
        {
            throw new UsageException($"The settings in {path} can't be used: {e.Message} Known keys are insecure-registries and registry-mirrors.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The settings in {path} can't be read: {e.Message}");
        }
    }

    /// <summary>Both together.</summary>
    public RegistrySettings With(RegistrySettings other) => new()
    {
        InsecureRegistries = [.. InsecureRegistries, .. other.InsecureRegistries],
        Mirrors = [.. Mirrors, .. other.Mirrors],
    };

    /// <summary>The same for the client of registries.</summary>
    /// <exception cref="UsageException">A value is no registry or no address.</exception>
    public RegistryClientOptions ToClientOptions()
    {
        Dictionary<string, RegistryHostOptions> hosts = new(StringComparer.Ordinal);
        foreach (string registry in InsecureRegistries)
        {
            if (string.IsNullOrEmpty(registry) || registry.Contains('/', StringComparison.Ordinal))
                throw new UsageException($"The insecure registry '{registry}' is not allowed: a name and port as in references are wanted, such as r.local:5000. Ranges of addresses are not supported.");
            hosts[registry] = new RegistryHostOptions { PlainHttp = PlainHttpPolicy.Allow, SkipCertificateVerification = true };
        }

        if (Mirrors.Count > 0)
        {
            RegistryHostOptions hub = hosts.GetValueOrDefault(ImageReference.DefaultRegistry) ?? new RegistryHostOptions();
            hosts[ImageReference.DefaultRegistry] = hub with { Mirrors = [.. Mirrors.Select(ToMirror)] };
        }

        return new RegistryClientOptions { Hosts = hosts };
    }

    private static RegistryMirror ToMirror(string mirror)
        => !string.IsNullOrEmpty(mirror) && Uri.TryCreate(mirror.Contains("://", StringComparison.Ordinal) ? mirror : $"https://{mirror}", UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"
            ? new RegistryMirror(address.Authority, address.AbsolutePath.Trim('/'))
            : throw new UsageException($"The registry mirror '{mirror}' is not allowed: an address such as https://mirror.example is wanted.");
}

[JsonSourceGenerationOptions(UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RegistrySettings))]
internal sealed partial class RegistrySettingsJson : JsonSerializerContext;

using System.Globalization;
using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Registries;

namespace ContainerKit.Cli.Builds;

/// <summary>A build by a server, ckit's or dockerd, over the endpoint of the classic builder.</summary>
internal static class ServerBuild
{
    /// <summary>What the endpoint can't be told: it comes from this machine while the build runs.</summary>
    private static readonly string[] LocalOnly = ["secret", "ssh", "build-context"];

    /// <summary>Returns the image's id.</summary>
    /// <exception cref="BuildException">A step failed.</exception>
    public static async Task<string> RunAsync(DockerClient client, CommandInvocation invocation, BuildSource source, BuildDisplay display, CancellationToken cancellationToken)
    {
        if (LocalOnly.FirstOrDefault(invocation.Has) is string flag)
            throw new UsageException($"--{flag} needs a builder on this machine, and {client.Name} is a server: its build endpoint takes no such thing. Use --{EngineChoice.DataRootOption}") { Command = invocation.Command };
        BuildSpec spec = BuildSettings.Read(invocation, BuildSpec.FromContext(BuildContext.Empty));
        (string? remote, string? dockerfile, HttpContent? content) = source.ToRequest();
        using (content)
        {
            string path = $"/build?{Describe(spec, invocation, remote, dockerfile)}";
            IReadOnlyDictionary<string, string> logins = await LoginFile.HeadersForAllAsync(cancellationToken).ConfigureAwait(false);
            var reader = new ServerBuildReader(display);
            await foreach (JsonNode line in client.ReadLinesAsync(HttpMethod.Post, path, content, logins, cancellationToken).ConfigureAwait(false))
                reader.Read(line);
            return reader.ImageId ?? throw new IOException($"{client.Name} ended the build without an image.");
        }
    }

    private static string Describe(BuildSpec spec, CommandInvocation invocation, string? remote, string? dockerfile)
    {
        List<(string Name, string? Value)> query =
        [
            ("version", "1"),
            ("rm", "1"),
            ("remote", remote),
            ("dockerfile", dockerfile),
            .. spec.Tags.Select(tag => ("t", (string?)tag)),
            .. spec.ExtraHosts.Select(host => ("extrahosts", (string?)host)),
            ("nocache", Flag(spec.NoCache)),
            ("pull", Flag(spec.Pull)),
            ("squash", Flag(spec.Squash)),
            ("target", spec.Target),
            ("platform", invocation.Value("platform")),
            ("networkmode", invocation.Value("network")),
            ("buildargs", Map(spec.Arguments)),
            ("labels", Map(spec.Labels.Select(label => KeyValuePair.Create(label.Key, (string?)label.Value)))),
            ("cachefrom", spec.CacheFrom.IsEmpty ? null : JsonText.Of(new JsonArray([.. spec.CacheFrom.Select(name => (JsonNode?)name)]))),
            ("memory", Number(spec.MemoryLimit?.Bytes)),
            ("memswap", Number(spec.MemoryAndSwapLimit?.Bytes)),
            ("shmsize", Number(spec.SharedMemorySize?.Bytes)),
            ("cpushares", Number(spec.CpuShares)),
            ("cpuquota", Number((long?)spec.CpuQuota?.TotalMicroseconds)),
            ("cpuperiod", Number((long?)spec.CpuPeriod?.TotalMicroseconds)),
            ("cpusetcpus", spec.CpusetProcessors),
            ("cpusetmems", spec.CpusetMemoryNodes),
            ("ulimits", spec.Ulimits.IsEmpty ? null : JsonText.Of(new JsonArray([.. spec.Ulimits.Select(limit => new JsonObject { ["Name"] = limit.Key, ["Hard"] = limit.Value.Hard, ["Soft"] = limit.Value.Soft })]))),
        ];
        return string.Join('&', query.Where(pair => pair.Value is not null).Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value!)}"));
    }

    private static string? Flag(bool value) => value ? "1" : null;

    private static string? Number(long? value) => value?.ToString(CultureInfo.InvariantCulture);

    private static string? Map(IEnumerable<KeyValuePair<string, string?>> pairs)
    {
        var map = new JsonObject([.. pairs.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))]);
        return map.Count == 0 ? null : JsonText.Of(map);
    }
}

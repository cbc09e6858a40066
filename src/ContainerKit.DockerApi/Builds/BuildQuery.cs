using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ContainerKit.DockerApi.Images;
using ContainerKit.DockerApi.Routing;
using ContainerKit.DockerApi.Transfers;

namespace ContainerKit.DockerApi.Builds;

/// <summary>The parameters of a build.</summary>
internal static class BuildQuery
{
    internal static BuildSpec Read(ApiRequest request)
    {
        ApiQuery query = request.Query;
        BuildContext context = query.NonEmpty("remote") is string remote ? BuildContext.FromGit(remote) : BuildContext.FromTar(request.Http.Request.Body);
        query.Refuse("securityopt", "commands of builds run with the default profiles");
        query.Refuse("cgroupparent", "commands of builds run in the engine's own cgroup");
        query.Refuse("outputs", "the image goes to the store; use docker save, or docker cp of a container");
        if (query.NonEmpty("isolation") is { } isolation and not "default")
            throw ApiException.BadRequest($"Parameter isolation '{isolation}' is not supported: it is of Windows. Use default, or leave it out.");

        // Containers of steps never stay, and a build is known by its connection.
        query.Accept("rm", "forcerm", "buildid");
        return ReadLimits(query, ReadNetwork(query, BuildSpec.FromContext(context))) with
        {
            Dockerfile = query.NonEmpty("dockerfile") ?? "Dockerfile",
            Credentials = RegistryAuthentication.ReadAll(request).ToImmutableDictionary(StringComparer.Ordinal),
            Tags = [.. query.All("t").Where(tag => tag.Length > 0).Select(tag => ImageLookup.Join(tag, null))],
            NoCache = query.Flag("nocache"),
            Pull = query.Flag("pull"),
            Squash = query.Flag("squash"),
            Target = query.NonEmpty("target"),
            Platform = PlatformQuery.Read(request),

            // An argument without a value is one that the client has not either: this process's variables are none of its business.
            Arguments = ReadJson(query, "buildargs", BuildJson.Default.DictionaryStringString, "an object of strings", [])
                .Where(argument => argument.Value is not null).ToImmutableSortedDictionary(StringComparer.Ordinal),
            Labels = ReadJson(query, "labels", BuildJson.Default.DictionaryStringString, "an object of strings", [])
                .ToImmutableSortedDictionary(label => label.Key, label => label.Value ?? "", StringComparer.Ordinal),
        };
    }

    private static BuildSpec ReadNetwork(ApiQuery query, BuildSpec spec)
    {
        const string container = "container:";
        spec = spec with { ExtraHosts = [.. query.All("extrahosts").Where(host => host.Length > 0)] };
        return query.NonEmpty("networkmode") switch
        {
            null or "default" or "bridge" => spec,
            "host" => spec.WithNetwork(BuildNetwork.Host),
            "none" => spec.WithNetwork(BuildNetwork.None),
            string mode when mode.StartsWith(container, StringComparison.Ordinal) => spec with { NetworkContainer = mode[container.Length..] },
            string name => spec.WithNetwork(name),
        };
    }

    private static BuildSpec ReadLimits(ApiQuery query, BuildSpec spec)
    {
        List<BuildUlimitContract> ulimits = ReadJson(query, "ulimits", BuildJson.Default.ListBuildUlimitContract, "a list of limits", []);
        List<string> cacheFrom = ReadJson(query, "cachefrom", BuildJson.Default.ListString, "a list of names", []);
        return spec with
        {
            MemoryLimit = Size("memory"),
            MemoryAndSwapLimit = Size("memswap"),
            SharedMemorySize = Size("shmsize"),
            CpuShares = query.LongNumber("cpushares") is { } shares and not 0 ? shares : null,
            CpuQuota = Microseconds("cpuquota"),
            CpuPeriod = Microseconds("cpuperiod"),
            CpusetProcessors = query.NonEmpty("cpusetcpus"),
            CpusetMemoryNodes = query.NonEmpty("cpusetmems"),
            Ulimits = ulimits.ToImmutableSortedDictionary(limit => limit.Name, limit => new Ulimit(limit.Soft, limit.Hard), StringComparer.Ordinal),
            CacheFrom = [.. cacheFrom],
        };

        ByteSize? Size(string name) => query.LongNumber(name) is { } bytes and not 0 ? new ByteSize(bytes) : null;

        TimeSpan? Microseconds(string name) => query.LongNumber(name) is { } time and not 0 ? TimeSpan.FromMicroseconds(time) : null;
    }

    private static T ReadJson<T>(ApiQuery query, string name, JsonTypeInfo<T> type, string expected, T missing)
        where T : class
    {
        if (query.NonEmpty(name) is not string text)
            return missing;
        try
        {
            return JsonSerializer.Deserialize(text, type) ?? missing;
        }
        catch (JsonException e)
        {
            throw ApiException.BadRequest($"Parameter {name} is not allowed: expected {expected} in JSON.", e);
        }
    }
}

using System.Collections.Immutable;
using System.Globalization;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Containers;
using ContainerKit.Cli.Images;

namespace ContainerKit.Cli.Builds;

/// <summary>The flags of a build, but for where its files are.</summary>
internal static class BuildSettings
{
    public static IReadOnlyList<CommandOption> Options { get; } =
    [
        new("add-host", null, "list", "A line of /etc/hosts, name:address"),
        new("build-arg", null, "list", "A value of an ARG, NAME=value"),
        new("build-context", null, "list", "A further context, name=PATH"),
        new("cache-from", null, "list", "An image whose steps count as done"),
        new("cpu-period", null, "int", "Microseconds that --cpu-quota is counted by"),
        new("cpu-quota", null, "int", "Microseconds of processor time in each period"),
        new("cpu-shares", null, "int", "Relative weight of processor time"),
        new("cpuset-cpus", null, "string", "Processors, as in 0-2,7"),
        new("cpuset-mems", null, "string", "Memory nodes, as in 0-1"),
        new("file", 'f', "string", "The Dockerfile (default PATH/Dockerfile), - for the input"),
        new("label", null, "list", "A label, name=value"),
        new("memory", 'm', "bytes", "The most memory of a command"),
        new("memory-swap", null, "bytes", "The most memory and swap together, -1 for any swap"),
        new("network", null, "string", "default, host, none or a network"),
        new("no-cache", null, null, "Take no step from the cache"),
        new("platform", null, "string", "What the image is for"),
        new("pull", null, null, "Ask for newer base images"),
        new("secret", null, "list", "A secret, id=NAME[,src=FILE|,env=VARIABLE]"),
        new("shm-size", null, "bytes", "The size of /dev/shm"),
        new("squash", null, null, "One layer"),
        new("ssh", null, "list", "A socket of an ssh agent, default|ID[=SOCKET]"),
        new("tag", 't', "list", "A name of the image"),
        new("target", null, "string", "The stage that is the result"),
        new("ulimit", null, "list", "A resource limit, name=soft[:hard]"),
    ];

    /// <summary>Adds what the flags say.</summary>
    public static BuildSpec Read(CommandInvocation invocation, BuildSpec spec)
    {
        // An argument without a value is this process's variable, also where the build is another's; one that is not set is none.
        foreach ((string name, string value) in invocation.Values("build-arg").Select(FlagText.Variable).Where(text => text.Contains('=', StringComparison.Ordinal)).Select(FlagText.Pair))
            spec = spec.WithArgument(name, value);
        foreach ((string name, string value) in invocation.Values("label").Select(FlagText.Pair))
            spec = spec.WithLabel(name, value);
        foreach ((string name, string path) in invocation.Values("build-context").Select(FlagText.Pair))
            spec = spec.WithNamedContext(name, BuildContext.FromDirectory(path));
        foreach (string secret in invocation.Values("secret"))
            spec = ReadSecret(invocation, spec, secret);
        foreach ((string id, string socket) in invocation.Values("ssh").Select(FlagText.Pair))
            spec = spec.WithSshAgent(socket.Length > 0 ? socket : Environment.GetEnvironmentVariable("SSH_AUTH_SOCK") ?? throw invocation.Invalid("ssh", id, "SSH_AUTH_SOCK is not set, and there is no path"), id);
        spec = invocation.Value("network") switch
        {
            null or "default" or "bridge" => spec,
            "host" => spec.WithNetwork(BuildNetwork.Host),
            "none" => spec.WithNetwork(BuildNetwork.None),
            string network => spec.WithNetwork(network),
        };
        return ReadLimits(invocation, spec) with
        {
            Tags = [.. invocation.Values("tag")],
            ExtraHosts = [.. invocation.Values("add-host")],
            CacheFrom = [.. invocation.Values("cache-from")],
            NoCache = invocation.IsSet("no-cache"),
            Pull = invocation.IsSet("pull"),
            Squash = invocation.IsSet("squash"),
            Target = invocation.Value("target"),
            Platform = ImageCommands.Platform(invocation),
        };
    }

    private static BuildSpec ReadLimits(CommandInvocation invocation, BuildSpec spec) => spec with
    {
        MemoryLimit = Size(invocation, "memory"),
        MemoryAndSwapLimit = Size(invocation, "memory-swap"),
        SharedMemorySize = Size(invocation, "shm-size"),
        CpuShares = invocation.Whole("cpu-shares") is var shares and not 0 ? shares : null,
        CpuQuota = Microseconds(invocation, "cpu-quota"),
        CpuPeriod = Microseconds(invocation, "cpu-period"),
        CpusetProcessors = invocation.Value("cpuset-cpus"),
        CpusetMemoryNodes = invocation.Value("cpuset-mems"),
        Ulimits = invocation.Values("ulimit").Select(text => ReadUlimit(invocation, text)).ToImmutableSortedDictionary(limit => limit.Name, limit => limit.Limit, StringComparer.Ordinal),
    };

    private static ByteSize? Size(CommandInvocation invocation, string flag) => invocation.Bytes(flag) is var bytes and not 0 ? new ByteSize(bytes) : null;

    private static TimeSpan? Microseconds(CommandInvocation invocation, string flag) => invocation.Whole(flag) is var time and not 0 ? TimeSpan.FromMicroseconds(time) : null;

    private static (string Name, Ulimit Limit) ReadUlimit(CommandInvocation invocation, string text)
    {
        (string name, string value) = FlagText.Pair(text);
        string[] limits = value.Split(':');
        return limits.Length <= 2 && Number(limits[0], out long soft) && Number(limits[^1], out long hard)
            ? (name, new Ulimit(soft, hard))
            : throw invocation.Invalid("ulimit", text, "name=soft[:hard] is wanted");

        static bool Number(string text, out long number) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    private static BuildSpec ReadSecret(CommandInvocation invocation, BuildSpec spec, string text)
    {
        Dictionary<string, string> fields = text.Split(',').Select(FlagText.Pair).ToDictionary(field => field.Name, field => field.Value, StringComparer.Ordinal);
        if (!fields.TryGetValue("id", out string? id))
            throw invocation.Invalid("secret", text, "id=NAME is wanted");
        return spec.WithSecret(id, fields.TryGetValue("src", out string? file) || fields.TryGetValue("source", out file) ? BuildSecret.FromFile(file)
            : BuildSecret.FromEnvironment(fields.GetValueOrDefault("env") ?? id));
    }
}

using System.Collections.Immutable;
using System.Globalization;
using ContainerKit.DockerApi.Contracts;
using ContainerKit.DockerApi.Routing;
using ContainerKit.DockerApi.SystemInfo;

namespace ContainerKit.DockerApi.Containers;

/// <summary>Turns the body of create into a spec. Every field is used, or means nothing, or is refused.</summary>
internal sealed partial class SpecMapper
{
    private const long NanosecondsPerTick = 100;

    /// <summary>Docker's -1 for "wait for ever"; what a timer can hold.</summary>
    private static readonly TimeSpan LongestStop = TimeSpan.FromDays(45);

    private readonly CreateContainerBody _config;
    private readonly HostConfigBody _host;
    private readonly ApiVersion _version;
    private readonly List<string> _warnings = [];
    private readonly List<VolumeSpec> _volumesToMake = [];

    private SpecMapper(CreateContainerBody config, ApiVersion version)
    {
        _config = config;
        _host = config.HostConfig ?? new HostConfigBody();
        _version = version;
    }

    /// <summary>What the body asks for.</summary>
    internal static MappedSpec Map(CreateContainerBody body, string? name, ApiVersion version)
    {
        var mapper = new SpecMapper(body, version);
        ContainerSpec spec = mapper.Create(name);
        return new MappedSpec(spec, mapper._warnings, mapper._volumesToMake);
    }

    private ContainerSpec Create(string? name)
    {
        UnknownFields.Refuse("", _config.Unknown);
        UnknownFields.Refuse("HostConfig", _host.Unknown);
        UnknownFields.Refuse("NetworkingConfig", _config.NetworkingConfig?.Unknown);
        RefuseWhatIsNotThere();
        var spec = new ContainerSpec
        {
            Image = _config.Image!,
            Name = name,
            Command = List(_config.Cmd),
            Entrypoint = _config.Entrypoint is [""] ? [] : List(_config.Entrypoint),
            Hostname = Text(_config.Hostname),
            Domainname = Text(_config.Domainname),
            User = Text(_config.User),
            WorkingDirectory = Text(_config.WorkingDir),
            AdditionalGroups = [.. _host.GroupAdd ?? []],
            Terminal = _config.Tty,
            TerminalSize = _host.ConsoleSize is [> 0 and var rows, > 0 and var columns] ? new TerminalSize(rows, columns) : null,
            OpenStdin = _config.OpenStdin,
            StdinOnce = _config.StdinOnce,
            AttachedStreams = (_config.AttachStdin ? AttachedStreams.Input : 0) | (_config.AttachStdout ? AttachedStreams.Output : 0) | (_config.AttachStderr ? AttachedStreams.Error : 0),
            StopSignal = Text(_config.StopSignal),
            AutoRemove = _host.AutoRemove,
            RestartPolicy = MapRestartPolicy(_host.RestartPolicy),
            HealthProbe = MapHealth(_config.Healthcheck),
            Log = MapLog(_host.LogConfig),
            Init = _host.Init ?? false,
            Annotations = Sorted(_host.Annotations),
            Labels = Sorted(_config.Labels?.ToDictionary(pair => pair.Key, pair => pair.Value ?? "")),
        };
        spec = spec.WithEnvironmentEntries(_config.Env ?? []);
        if (_config.StopTimeout is int seconds)
            spec = spec.WithStopTimeout(seconds < 0 ? LongestStop : TimeSpan.FromSeconds(seconds));
        spec = ResourceMapper.Apply(spec, _host);
        spec = WithIsolation(spec);
        spec = WithMounts(spec);
        return WithNetworks(spec);
    }

    private void RefuseWhatIsNotThere()
    {
        if (string.IsNullOrEmpty(_config.Image))
            throw ApiException.BadRequest("no image specified: Config.Image is empty");
        Refuse(_config.ArgsEscaped == true, "ArgsEscaped", "it is for Windows only");
        Refuse(_config.OnBuild is { Count: > 0 }, "OnBuild", "a container builds nothing");
        Refuse(_config.Shell is { Count: > 0 }, "Shell", "it is for builds only");
        Refuse(Text(_host.Cgroup) is not null, "HostConfig.Cgroup", "a container's cgroup is its own");
        Refuse(_host.StorageOpt is { Count: > 0 }, "HostConfig.StorageOpt", "a size of the writable layer needs project quotas, which this engine does not use");
        Refuse(Text(_host.Isolation) is not (null or "default"), "HostConfig.Isolation", "it is for Windows only");
        Refuse(Text(_host.VolumeDriver) is not (null or VolumeSpec.LocalDriver), "HostConfig.VolumeDriver", $"there is no volume driver {_host.VolumeDriver}, only {VolumeSpec.LocalDriver}");
        Refuse(Text(_host.UsernsMode) is not (null or "host"), "HostConfig.UsernsMode", "expected host or nothing");
        if (Text(_host.Runtime) is { } runtime && runtime != SystemEndpoints.RuntimeName)
            throw ApiException.BadRequest($"unknown or invalid runtime name: {runtime}. This engine has one, {SystemEndpoints.RuntimeName}");
        if (_host.AutoRemove && Text(_host.RestartPolicy?.Name) is not (null or "no"))
            throw ApiException.BadRequest("can't create 'AutoRemove' container with restart policy");
    }

    private static RestartPolicy MapRestartPolicy(RestartPolicyBody? policy)
    {
        if (policy is null)
            return RestartPolicy.No;
        if (policy.MaximumRetryCount < 0)
            throw ApiException.BadRequest("invalid restart policy: maximum retry count cannot be negative");
        if (policy.MaximumRetryCount > 0 && policy.Name != "on-failure")
            throw ApiException.BadRequest("invalid restart policy: maximum retry count can only be used with 'on-failure'");
        return policy.Name switch
        {
            null or "" or "no" => RestartPolicy.No,
            "on-failure" => RestartPolicy.OnFailure(policy.MaximumRetryCount),
            "always" => RestartPolicy.Always,
            "unless-stopped" => RestartPolicy.UnlessStopped,
            _ => throw ApiException.BadRequest($"invalid restart policy: unknown policy '{policy.Name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"),
        };
    }

    internal static RestartPolicy? MapUpdatedPolicy(RestartPolicyBody? policy) => string.IsNullOrEmpty(policy?.Name) ? null : MapRestartPolicy(policy);

    private static HealthProbe? MapHealth(HealthConfigBody? health) => health is null
        ? null
        : new HealthProbe
        {
            Test = [.. health.Test ?? []],
            Interval = Duration(health.Interval),
            Timeout = Duration(health.Timeout),
            StartPeriod = Duration(health.StartPeriod),
            StartInterval = Duration(health.StartInterval),
            Retries = health.Retries == 0 ? null : health.Retries,
        };

    private static LogOptions MapLog(LogConfigBody? log)
    {
        LogOptions options = log?.Type switch
        {
            null or "" or "json-file" => new LogOptions(),
            "none" => LogOptions.None,
            _ => throw ApiException.BadRequest($"logger: no log driver named '{log.Type}' is registered: this engine has json-file and none"),
        };
        foreach ((string name, string value) in log?.Config ?? new Dictionary<string, string>())
        {
            options = (name, value) switch
            {
                _ when options.Driver == LogDriver.None => options,
                ("max-size", "-1") => options,
                ("max-size", _) => options with { MaximumSize = ByteSize.TryParse(value, out ByteSize size) ? size : throw Invalid() },
                ("max-file", _) => options with { MaximumFiles = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int files) ? files : throw Invalid() },
                ("compress", "true" or "false") => options with { Compress = value == "true" },
                ("mode", "blocking") => options,
                _ => throw Invalid(),
            };

            ApiException Invalid() => ApiException.BadRequest($"unknown or invalid log opt '{name}={value}' for json-file log driver: it has max-size, max-file, compress and mode=blocking");
        }

        return options;
    }

    private static void Refuse(bool isAskedFor, string field, string reason)
    {
        if (isAskedFor)
            throw ApiException.BadRequest($"{field} is not supported: {reason}.");
    }

    private static string? Text(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static ImmutableArray<string>? List(IReadOnlyList<string>? words) => words is { Count: > 0 } ? [.. words] : null;

    private static TimeSpan? Duration(long nanoseconds) => nanoseconds == 0 ? null : TimeSpan.FromTicks(nanoseconds / NanosecondsPerTick);

    private static ImmutableSortedDictionary<string, string> Sorted(IReadOnlyDictionary<string, string>? values)
        => (values ?? ImmutableDictionary<string, string>.Empty).ToImmutableSortedDictionary(StringComparer.Ordinal);
}

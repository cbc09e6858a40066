using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ContainerKit.DockerApi.Contracts;
using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;
using ContainerKit.Oci;

namespace ContainerKit.DockerApi.Containers;

/// <summary>Describes containers as inspect and list do.</summary>
internal sealed class ContainerDescriber(DockerApiService service)
{
    private const int KnownConfigurations = 256;

    private static readonly JsonElement EmptyObject = JsonDocument.Parse("{}").RootElement.Clone();

    /// <summary>By the ids of images, which are the digests of what is kept: it never changes, and clients inspect before nearly everything that they do.</summary>
    private readonly ConcurrentDictionary<string, ExecutionConfiguration> _configurations = new(StringComparer.Ordinal);

    internal async Task<ContainerInspectResponse> InspectAsync(ContainerInfo info, CancellationToken cancellationToken)
    {
        NetworkNames names = await NetworkNames.ReadAsync(service.Engine, info, cancellationToken).ConfigureAwait(false);
        ExecutionConfiguration of = await FindConfigurationAsync(info.ImageId, cancellationToken).ConfigureAwait(false);
        string directory = Path.GetDirectoryName(info.LogPath)!;
        string[] exposed = [.. Exposed(info.Spec, of)];
        SortedDictionary<string, EndpointConfigBody> networks = EndpointDescriber.Networks(info, names);
        HostConfigBody host = HostConfigMapper.Map(info.Spec);
        return new ContainerInspectResponse
        {
            Id = info.Id,
            Created = DockerTime.Format(info.CreatedAt),
            Path = info.Arguments.FirstOrDefault(""),
            Args = [.. info.Arguments.Skip(1)],
            State = State(info),
            Image = info.ImageId,
            ResolvConfPath = Path.Combine(directory, "resolv.conf"),
            HostnamePath = Path.Combine(directory, "hostname"),
            HostsPath = Path.Combine(directory, "hosts"),
            LogPath = info.Spec.Log.Driver == LogDriver.None ? "" : info.LogPath,
            Name = "/" + info.Name,
            RestartCount = info.RestartCount,
            AppArmorProfile = info.Spec.AppArmorProfile ?? "",
            ExecIDs = service.Execs.FindRunning(info.Id),
            HostConfig = host with { NetworkMode = NetworkModeName(host.NetworkMode!, names) },
            Mounts = EndpointDescriber.Mounts(info),
            Config = Config(info, of, exposed),
            NetworkSettings = Settings(info, exposed, networks),
        };
    }

    internal async Task<ContainerSummary> SummarizeAsync(ContainerInfo info, NetworkNames names, Dictionary<string, string?> imageIds, CancellationToken cancellationToken)
    {
        if (!imageIds.TryGetValue(info.Spec.Image, out string? imageId))
        {
            Image? image = await FindImageAsync(info.Spec.Image, cancellationToken).ConfigureAwait(false);
            imageIds[info.Spec.Image] = imageId = image?.Id.ToString();
        }

        return new ContainerSummary
        {
            Id = info.Id,
            Names = ["/" + info.Name],

            // A name that has moved on to another image is not this container's any more.
            Image = imageId == info.ImageId ? info.Spec.Image : info.ImageId,
            ImageID = info.ImageId,
            Command = string.Join(' ', info.Arguments.Select((word, i) => i > 0 && word.Contains(' ', StringComparison.Ordinal) ? $"'{word}'" : word)),
            Created = info.CreatedAt.ToUnixTimeSeconds(),
            Ports = [.. Ports(info)],
            Labels = info.Labels,
            State = StatusText.State(info.Status),
            Status = StatusText.Describe(info, service.Time.GetUtcNow()),
            HostConfig = new ContainerSummary.HostConfigSummary(NetworkModeName(HostConfigMapper.NetworkMode(info.Spec), names), info.Spec.Annotations.IsEmpty ? null : info.Spec.Annotations),
            NetworkSettings = new ContainerSummary.NetworkSummary(EndpointDescriber.Networks(info, names)),
            Mounts = EndpointDescriber.Mounts(info),
        };
    }

    private async ValueTask<ExecutionConfiguration> FindConfigurationAsync(string imageId, CancellationToken cancellationToken)
    {
        if (_configurations.TryGetValue(imageId, out ExecutionConfiguration? known))
            return known;
        Image? image = await service.Engine.Images.FindAsync(imageId, cancellationToken).ConfigureAwait(false);
        if (image is null)
            return new ExecutionConfiguration();
        if (_configurations.Count >= KnownConfigurations)
            _configurations.Clear();
        return _configurations[imageId] = image.Configuration.Config ?? new ExecutionConfiguration();
    }

    private async Task<Image?> FindImageAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await service.Engine.Images.FindAsync(name, cancellationToken).ConfigureAwait(false);
        }
        catch (ConflictException)
        {
            return null; // the beginning of several ids by now
        }
    }

    private static IEnumerable<ContainerSummary.PortBody> Ports(ContainerInfo info)
    {
        foreach (PublishedPort port in info.Ports)
            yield return new ContainerSummary.PortBody(port.HostAddress.ToString(), port.ContainerPort, port.HostPort, HostConfigMapper.ProtocolName(port.Protocol));
    }

    private static string NetworkModeName(string mode, NetworkNames names) => mode.StartsWith("container:", StringComparison.Ordinal) ? mode : names.Find(mode).Name;

    private static ContainerStateBody State(ContainerInfo info) => new()
    {
        Status = StatusText.State(info.Status),
        Running = info.Status is ContainerStatus.Running or ContainerStatus.Paused or ContainerStatus.Restarting,
        Paused = info.Status == ContainerStatus.Paused,
        Restarting = info.Status == ContainerStatus.Restarting,
        OOMKilled = info.OutOfMemory,
        Pid = info.ProcessId ?? 0,
        ExitCode = info.Status is ContainerStatus.Running or ContainerStatus.Paused ? 0 : info.ExitStatus?.ExitCode ?? 0,
        Error = info.Error ?? "",
        StartedAt = DockerTime.Format(info.StartedAt),
        FinishedAt = DockerTime.Format(info.FinishedAt),
        Health = info.Health is not { } health
            ? null
            : new ContainerStateBody.HealthBody(
                health.Status.ToString().ToLowerInvariant(),
                health.FailingStreak,
                [.. health.Log.Select(result => new ContainerStateBody.HealthLogBody(DockerTime.Format(result.Start), DockerTime.Format(result.End), result.ExitCode, result.Output))]),
    };

    private static ContainerConfigBody Config(ContainerInfo info, ExecutionConfiguration image, string[] exposed)
    {
        ContainerSpec spec = info.Spec;
        HealthProbe? health = info.HealthProbe ?? (spec.HealthProbe is { Test: ["NONE"] } ? spec.HealthProbe : null);
        Dictionary<string, JsonElement> volumes = (image.Volumes ?? ImmutableHashSet<string>.Empty)
            .Concat(spec.Volumes.Where(volume => volume.Name is null).Select(volume => volume.Target)).Distinct().ToDictionary(target => target, _ => EmptyObject);
        return new ContainerConfigBody
        {
            Hostname = spec.Hostname ?? (spec.Network is NetworkMode.Host or NetworkMode.Container ? "" : info.Id[..12]),
            Domainname = spec.Domainname ?? "",
            User = spec.User ?? image.User ?? "",
            ExposedPorts = exposed.Length == 0 ? null : exposed.ToDictionary(port => port, _ => EmptyObject),
            AttachStdin = spec.AttachedStreams.HasFlag(AttachedStreams.Input),
            AttachStdout = spec.AttachedStreams.HasFlag(AttachedStreams.Output),
            AttachStderr = spec.AttachedStreams.HasFlag(AttachedStreams.Error),
            Tty = spec.Terminal,
            OpenStdin = spec.OpenStdin,
            StdinOnce = spec.StdinOnce,
            Env = [.. Environment(spec, image)],
            Cmd = spec.Command is { } command ? command : spec.Entrypoint is null ? image.Cmd : null,
            Entrypoint = spec.Entrypoint is { } entrypoint ? entrypoint : NullIfEmpty(image.Entrypoint),
            Healthcheck = health is null ? null : Health(health),
            Image = spec.Image,
            Volumes = volumes.Count == 0 ? null : volumes,
            WorkingDir = spec.WorkingDirectory ?? image.WorkingDir ?? "",
            OnBuild = NullIfEmpty(image.OnBuild),
            Labels = info.Labels.ToDictionary(label => label.Key, string? (label) => label.Value),
            StopSignal = spec.StopSignal ?? image.StopSignal,
            StopTimeout = spec.StopTimeout == new ContainerSpec { Image = "" }.StopTimeout ? null : (int)spec.StopTimeout.TotalSeconds,
            Shell = NullIfEmpty(image.Shell),
        };
    }

    private static IEnumerable<string> Environment(ContainerSpec spec, ExecutionConfiguration image)
    {
        IEnumerable<string> inherited = (image.Env ?? []).Where(entry => !spec.Environment.ContainsKey(entry.Split('=')[0]));
        return spec.Environment.Where(pair => pair.Value is not null).Select(pair => $"{pair.Key}={pair.Value}").Concat(inherited);
    }

    private static HealthConfigBody Health(HealthProbe probe) => new()
    {
        Test = probe.Test,
        Interval = Nanoseconds(probe.Interval),
        Timeout = Nanoseconds(probe.Timeout),
        StartPeriod = Nanoseconds(probe.StartPeriod),
        StartInterval = Nanoseconds(probe.StartInterval),
        Retries = probe.Retries ?? 0,
    };

    /// <summary>As Docker: what an image does not say is null.</summary>
    private static IReadOnlyList<string>? NullIfEmpty(IReadOnlyList<string>? list) => list is { Count: > 0 } ? list : null;

    private static long Nanoseconds(TimeSpan? time) => (time?.Ticks ?? 0) * 100;

    private static IEnumerable<string> Exposed(ContainerSpec spec, ExecutionConfiguration image)
        => (image.ExposedPorts ?? ImmutableHashSet<string>.Empty).Concat(spec.ExposedPorts)
            .Select(port => port.Contains('/', StringComparison.Ordinal) ? port : port + "/tcp")
            .Concat(spec.Ports.Select(port => HostConfigMapper.PortName(port.ContainerPort, port.Protocol)))
            .Distinct().Order(StringComparer.Ordinal);

    private static NetworkSettingsBody Settings(ContainerInfo info, string[] exposed, SortedDictionary<string, EndpointConfigBody> networks)
    {
        // The old fields beside the map are those of the default network.
        EndpointConfigBody bridge = networks.GetValueOrDefault("bridge") ?? new EndpointConfigBody();
        return new NetworkSettingsBody
        {
            SandboxID = info.ProcessId is null ? "" : Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"sandbox:{info.Id}:{info.ProcessId}"))),
            SandboxKey = info.ProcessId is int process ? $"/proc/{process}/ns/net" : "",
            Ports = EndpointDescriber.Ports(info, exposed),
            Networks = networks,
            EndpointID = bridge.EndpointID ?? "",
            Gateway = bridge.Gateway ?? "",
            IPAddress = bridge.IPAddress ?? "",
            IPPrefixLen = bridge.IPPrefixLen,
            IPv6Gateway = bridge.IPv6Gateway ?? "",
            GlobalIPv6Address = bridge.GlobalIPv6Address ?? "",
            GlobalIPv6PrefixLen = bridge.GlobalIPv6PrefixLen,
            MacAddress = bridge.MacAddress ?? "",
        };
    }
}

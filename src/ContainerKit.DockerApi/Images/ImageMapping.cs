using ContainerKit.DockerApi.Routing;
using ContainerKit.Oci;

namespace ContainerKit.DockerApi.Images;

/// <summary>Images as Docker writes them.</summary>
internal static class ImageMapping
{
    /// <summary>What clients know the storage of layers by that ours behaves like.</summary>
    internal const string DriverName = "overlay2";

    private const int NanosecondsPerTick = 100;
    private const string NoName = "<none>";

    internal static ImageSummaryContract ToSummary(Image image, ApiVersion version, ImageDiskUsage? usage)
    {
        string[] tags = [.. image.References.Select(name => name.FamiliarString)];
        string[] digests = [.. image.RepositoryDigests.Select(name => name.FamiliarString)];
        bool isNameless = tags.Length == 0 && digests.Length == 0 && !version.IsAtLeast(43);
        return new ImageSummaryContract
        {
            Id = image.Id.ToString(),
            RepoTags = isNameless ? [$"{NoName}:{NoName}"] : tags,
            RepoDigests = isNameless ? [$"{NoName}@{NoName}"] : digests,
            Created = image.Created?.ToUnixTimeSeconds() ?? 0,
            Size = image.Size,
            SharedSize = usage?.SharedSize ?? -1,
            VirtualSize = version.IsAtLeast(44) ? null : image.Size,
            Labels = image.Configuration.Config.Labels is { Count: > 0 } labels ? labels : null,
            Containers = usage?.Containers ?? -1,
        };
    }

    internal static ImageInspectContract ToInspect(ImageInfo info, ApiVersion version)
    {
        Image image = info.Image;
        ImageConfiguration configuration = image.Configuration;
        string[] directories = [.. info.Layers.Select(layer => layer.Directory).OfType<string>().Reverse()];
        Dictionary<string, string>? data = directories.Length == 0 ? null : new Dictionary<string, string>(StringComparer.Ordinal) { ["UpperDir"] = directories[0] };
        if (directories.Length > 1)
            data!["LowerDir"] = string.Join(':', directories.Skip(1));
        return new ImageInspectContract
        {
            Id = image.Id.ToString(),
            RepoTags = [.. image.References.Select(name => name.FamiliarString)],
            RepoDigests = [.. image.RepositoryDigests.Select(name => name.FamiliarString)],
            Comment = configuration.History.Count > 0 ? configuration.History[^1].Comment ?? "" : "",
            Created = configuration.Created is null && version.IsAtLeast(44) ? null : DockerTime.Format(configuration.Created),
            Author = configuration.Author ?? "",
            Config = ToContract(configuration.Config),
            Architecture = configuration.Architecture,
            Variant = configuration.Variant,
            Os = configuration.Os,
            OsVersion = configuration.OsVersion,
            Size = image.Size,
            VirtualSize = version.IsAtLeast(44) ? null : image.Size,
            GraphDriver = new GraphDriverContract(DriverName, data),
            RootFS = new RootFsContract(configuration.RootFs.Type, [.. configuration.RootFs.DiffIds.Select(layer => layer.ToString())]),
            Metadata = new ImageMetadataContract(DockerTime.Zero),
        };
    }

    internal static ImageConfigContract ToContract(ExecutionConfiguration configuration) => new()
    {
        User = configuration.User ?? "",
        ExposedPorts = configuration.ExposedPorts.Count == 0 ? null : ToSet(configuration.ExposedPorts),
        Env = NullIfEmpty(configuration.Env),
        Cmd = NullIfEmpty(configuration.Cmd),
        Healthcheck = configuration.HealthCheck is not { } check ? null : new HealthcheckContract
        {
            Test = NullIfEmpty(check.Test),
            Interval = ToNanoseconds(check.Interval),
            Timeout = ToNanoseconds(check.Timeout),
            StartPeriod = ToNanoseconds(check.StartPeriod),
            StartInterval = ToNanoseconds(check.StartInterval),
            Retries = check.Retries ?? 0,
        },
        ArgsEscaped = configuration.ArgsEscaped,
        Volumes = configuration.Volumes.Count == 0 ? null : ToSet(configuration.Volumes),
        WorkingDir = configuration.WorkingDir ?? "",
        Entrypoint = NullIfEmpty(configuration.Entrypoint),
        OnBuild = NullIfEmpty(configuration.OnBuild),
        Labels = configuration.Labels.Count == 0 ? null : configuration.Labels,
        StopSignal = configuration.StopSignal,
        StopTimeout = configuration.StopTimeout,
        Shell = NullIfEmpty(configuration.Shell),
    };

    /// <summary>The part of a container's configuration that an image has.</summary>
    internal static ExecutionConfiguration FromContract(ImageConfigContract contract) => new()
    {
        User = contract.User,
        ExposedPorts = new HashSet<string>(contract.ExposedPorts?.Keys ?? []),
        Env = contract.Env ?? [],
        Entrypoint = contract.Entrypoint ?? [],
        Cmd = contract.Cmd ?? [],
        Volumes = new HashSet<string>(contract.Volumes?.Keys ?? []),
        WorkingDir = contract.WorkingDir,
        Labels = contract.Labels ?? new Dictionary<string, string>(),
        StopSignal = contract.StopSignal,
        StopTimeout = contract.StopTimeout,
        HealthCheck = contract.Healthcheck is not { } check ? null : new HealthCheck
        {
            Test = check.Test ?? [],
            Interval = FromNanoseconds(check.Interval),
            Timeout = FromNanoseconds(check.Timeout),
            StartPeriod = FromNanoseconds(check.StartPeriod),
            StartInterval = FromNanoseconds(check.StartInterval),
            Retries = check.Retries == 0 ? null : check.Retries,
        },
        Shell = contract.Shell ?? [],
        OnBuild = contract.OnBuild ?? [],
        ArgsEscaped = contract.ArgsEscaped,
    };

    private static SortedDictionary<string, EmptyContract> ToSet(IEnumerable<string> names)
        => new(names.ToDictionary(name => name, _ => EmptyContract.Instance, StringComparer.Ordinal), StringComparer.Ordinal);

    private static IReadOnlyList<string>? NullIfEmpty(IReadOnlyList<string> list) => list.Count == 0 ? null : list;

    private static long ToNanoseconds(TimeSpan? time) => (time?.Ticks ?? 0) * NanosecondsPerTick;

    private static TimeSpan? FromNanoseconds(long nanoseconds) => nanoseconds == 0 ? null : TimeSpan.FromTicks(nanoseconds / NanosecondsPerTick);
}

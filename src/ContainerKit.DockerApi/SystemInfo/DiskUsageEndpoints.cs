using ContainerKit.DockerApi.Containers;
using ContainerKit.DockerApi.Contracts;
using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;

namespace ContainerKit.DockerApi.SystemInfo;

/// <summary>What takes how much of the disk.</summary>
internal sealed class DiskUsageEndpoints(DockerApiService service)
{
    private static readonly string[] Types = ["image", "container", "volume", "build-cache"];

    private readonly ContainerDescriber _describer = new(service);

    internal void Map(RouteTable routes) => routes.Get("/system/df", WriteAsync);

    private async Task WriteAsync(ApiRequest request)
    {
        IReadOnlyList<string> types = request.Query.All("type");
        request.Query.Accept("verbose"); // what the client shows of it
        request.Query.Complete();
        if (types.FirstOrDefault(type => !Types.Contains(type)) is { } unknown)
            throw ApiException.BadRequest($"unknown object type: {unknown}");
        DiskUsage usage = await service.Engine.GetDiskUsageAsync(request.Aborted).ConfigureAwait(false);
        bool Wants(string type) => types.Count == 0 || types.Contains(type);
        var response = new DiskUsageResponse
        {
            LayersSize = Wants("image") ? usage.LayersSize : null,
            Images = Wants("image") ? [.. usage.Images.Select(Describe)] : null,
            Containers = Wants("container") ? await DescribeAsync(usage, request.Aborted).ConfigureAwait(false) : null,
            Volumes = Wants("volume") ? await DescribeVolumesAsync(usage, request.Aborted).ConfigureAwait(false) : null,
            BuildCache = Wants("build-cache") ? [.. BuildCache(usage)] : null,
        };
        await request.WriteJsonAsync(response, SystemJson.Default.DiskUsageResponse).ConfigureAwait(false);
    }

    private static DiskUsageResponse.ImageUsage Describe(ImageDiskUsage usage) => new()
    {
        Id = usage.Image.Id.ToString(),
        RepoTags = [.. usage.Image.References.Where(reference => reference.Tag is not null).Select(reference => reference.FamiliarString)],
        RepoDigests = [.. usage.Image.RepositoryDigests.Select(reference => reference.FamiliarString)],
        Created = (usage.Image.Created ?? DateTimeOffset.UnixEpoch).ToUnixTimeSeconds(),
        Size = usage.SharedSize + usage.UniqueSize,
        SharedSize = usage.SharedSize,
        Labels = usage.Image.Configuration.Config?.Labels ?? new Dictionary<string, string>(),
        Containers = usage.Containers,
    };

    private async Task<IReadOnlyList<ContainerSummary>> DescribeAsync(DiskUsage usage, CancellationToken cancellationToken)
    {
        NetworkNames names = await NetworkNames.ReadAsync(service.Engine, cancellationToken).ConfigureAwait(false);
        Dictionary<string, string?> images = new(StringComparer.Ordinal);
        List<ContainerSummary> summaries = [];
        foreach (ContainerDiskUsage container in usage.Containers)
        {
            ContainerSummary summary = await _describer.SummarizeAsync(container.Container, names, images, cancellationToken).ConfigureAwait(false);
            summaries.Add(summary with { SizeRw = container.WritableSize });
        }

        return summaries;
    }

    private async Task<IReadOnlyList<DiskUsageResponse.VolumeUsage>> DescribeVolumesAsync(DiskUsage usage, CancellationToken cancellationToken)
    {
        List<DiskUsageResponse.VolumeUsage> volumes = [];
        foreach (VolumeInfo info in await service.Engine.Volumes.ListAsync(cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            long size;
            try
            {
                Volume volume = await service.Engine.Volumes.GetAsync(info.Name, cancellationToken).ConfigureAwait(false);
                size = await volume.GetSizeAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (NotFoundException)
            {
                continue; // removed meanwhile
            }

            volumes.Add(new DiskUsageResponse.VolumeUsage
            {
                CreatedAt = DockerTime.Format(info.CreatedAt),
                Driver = info.Driver,
                Labels = info.Labels,
                Mountpoint = info.MountPoint,
                Name = info.Name,
                Options = info.DriverOptions,
                UsageData = new DiskUsageResponse.VolumeUsageData(size, usage.Containers.Count(container => container.Container.Volumes.Any(volume => volume.Name == info.Name))),
            });
        }

        return volumes;
    }

    private static IEnumerable<DiskUsageResponse.BuildCacheUsage> BuildCache(DiskUsage usage)
    {
        if (usage.BuildCacheLayersSize > 0)
            yield return new DiskUsageResponse.BuildCacheUsage { ID = "layers", Type = "regular", Description = "layers of build steps", Size = usage.BuildCacheLayersSize };
        if (usage.BuildCacheMountsSize > 0)
            yield return new DiskUsageResponse.BuildCacheUsage { ID = "mounts", Type = "exec.cachemount", Description = "cache mounts", Size = usage.BuildCacheMountsSize };
    }
}

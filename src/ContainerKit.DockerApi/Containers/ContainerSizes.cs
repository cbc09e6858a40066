namespace ContainerKit.DockerApi.Containers;

/// <summary>How much a container's own files take, and everything that it sees.</summary>
internal sealed record ContainerSizes(long Writable, long Root)
{
    internal static async Task<Dictionary<string, ContainerSizes>> ReadAsync(ContainerEngine engine, CancellationToken cancellationToken)
    {
        DiskUsage usage = await engine.GetDiskUsageAsync(cancellationToken).ConfigureAwait(false);
        Dictionary<string, long> images = usage.Images.ToDictionary(image => image.Image.Id.ToString(), image => image.Image.Size, StringComparer.Ordinal);
        return usage.Containers.ToDictionary(
            container => container.Container.Id,
            container => new ContainerSizes(container.WritableSize, container.WritableSize + images.GetValueOrDefault(container.Container.ImageId)),
            StringComparer.Ordinal);
    }
}

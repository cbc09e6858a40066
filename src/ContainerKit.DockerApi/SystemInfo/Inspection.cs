using System.Text.Json;
using ContainerKit.DockerApi.Containers;
using ContainerKit.DockerApi.Contracts;
using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Images;
using ContainerKit.DockerApi.Networks;
using ContainerKit.DockerApi.Routing;
using ContainerKit.DockerApi.Volumes;

namespace ContainerKit.DockerApi.SystemInfo;

/// <summary>What the API says of things, for a program that has the engine itself.</summary>
internal static class Inspection
{
    /// <summary>Finds a container, image, network or volume, in this order.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="name">Its name or id.</param>
    /// <param name="kind">One of the four; null: any.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Its description in JSON; null when there is none.</returns>
    internal static async Task<byte[]?> FindAsync(ContainerEngine engine, string name, string? kind, CancellationToken cancellationToken)
    {
        if (kind is null or "container" && await engine.Containers.FindAsync(name, cancellationToken).ConfigureAwait(false) is { } container)
        {
            var service = new DockerApiService(engine, null, null);
            await using (service.ConfigureAwait(false))
            {
                ContainerInfo info = await container.InspectAsync(cancellationToken).ConfigureAwait(false);
                return JsonSerializer.SerializeToUtf8Bytes(
                    await new ContainerDescriber(service).InspectAsync(info, cancellationToken).ConfigureAwait(false), ContainerJson.Default.ContainerInspectResponse);
            }
        }

        if (kind is null or "image" && await engine.Images.FindAsync(name, cancellationToken).ConfigureAwait(false) is { } image)
        {
            ImageInfo info = await engine.Images.InspectAsync(image.Id.ToString(), cancellationToken).ConfigureAwait(false);
            return JsonSerializer.SerializeToUtf8Bytes(ImageMapping.ToInspect(info, ApiVersion.Newest), ImageJson.Default.ImageInspectContract);
        }

        if (kind is null or "network" && await engine.Networks.FindAsync(name, cancellationToken).ConfigureAwait(false) is { } network)
        {
            IReadOnlyList<ContainerInfo> containers = await engine.Containers.ListAsync(cancellationToken).ConfigureAwait(false);
            return JsonSerializer.SerializeToUtf8Bytes(
                NetworkMapping.ToContract(await network.InspectAsync(cancellationToken).ConfigureAwait(false), containers), NetworkJson.Default.NetworkContract);
        }

        VolumeInfo? volume = kind is null or "volume" ? (await engine.Volumes.ListAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).FirstOrDefault(each => each.Name == name) : null;
        return volume is null ? null : JsonSerializer.SerializeToUtf8Bytes(VolumeEndpoints.ToContract(volume), VolumeJson.Default.VolumeContract);
    }
}

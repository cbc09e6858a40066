using System.Text.Json.Serialization;
using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Images;
using ContainerKit.DockerApi.Routing;
using ContainerKit.DockerApi.Transfers;
using ContainerKit.Oci;

namespace ContainerKit.DockerApi.Distribution;

/// <summary>What registries have, without fetching it.</summary>
internal sealed class DistributionEndpoints(DockerApiService service)
{
    internal void Map(RouteTable routes) => routes.Get("/distribution/{name+}/json", InspectAsync);

    private async Task InspectAsync(ApiRequest request)
    {
        string name = ImageLookup.Join(request.Route("name"), null);
        RegistryCredential? credential = RegistryAuthentication.Read(request);
        request.Query.Complete();
        RemoteImage image = await service.Engine.Images.InspectRemoteAsync(name, credential, request.Aborted).ConfigureAwait(false);
        await request.WriteJsonAsync(
            new DistributionContract(
                new DescriptorContract { MediaType = image.Descriptor.MediaType, Digest = image.Descriptor.Digest.ToString(), Size = image.Descriptor.Size },
                [.. image.Platforms.Select(ToContract)]),
            DistributionJson.Default.DistributionContract).ConfigureAwait(false);
    }

    private static PlatformContract ToContract(Platform platform) => new()
    {
        Os = platform.Os,
        Architecture = platform.Architecture,
        Variant = platform.Variant,
        OsVersion = platform.OsVersion,
        OsFeatures = platform.OsFeatures is { Count: > 0 } features ? features : null,
    };
}

/// <summary>An image as a registry has it.</summary>
internal sealed record DistributionContract(DescriptorContract Descriptor, IReadOnlyList<PlatformContract> Platforms);

[JsonSerializable(typeof(DistributionContract))]
internal sealed partial class DistributionJson : JsonSerializerContext;

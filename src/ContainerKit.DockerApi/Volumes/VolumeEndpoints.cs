using System.Collections.Immutable;
using System.Globalization;
using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.DockerApi.Volumes;

/// <summary>Volumes.</summary>
internal sealed class VolumeEndpoints(DockerApiService service)
{
    /// <summary>What Docker marks volumes with whose name nobody chose.</summary>
    private const string AnonymousLabel = "com.docker.volume.anonymous";

    internal void Map(RouteTable routes)
    {
        routes.Get("/volumes", ListAsync);
        routes.Post("/volumes/create", CreateAsync);
        routes.Post("/volumes/prune", PruneAsync);
        routes.Get("/volumes/{name}", InspectAsync);
        routes.Put("/volumes/{name}", Update);
        routes.Delete("/volumes/{name}", RemoveAsync);
    }

    internal static VolumeContract ToContract(VolumeInfo volume, VolumeUsageContract? usage = null) => new()
    {
        CreatedAt = volume.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        Driver = volume.Driver,
        Labels = volume.IsAnonymous
            ? new Dictionary<string, string>(volume.Labels, StringComparer.Ordinal) { [AnonymousLabel] = "" }
            : volume.Labels.Count == 0 ? null : volume.Labels,
        Mountpoint = volume.MountPoint,
        Name = volume.Name,
        Options = volume.DriverOptions.Count == 0 ? null : volume.DriverOptions,
        UsageData = usage,
    };

    private async Task ListAsync(ApiRequest request)
    {
        FilterSet filters = request.Query.Filters();
        request.Query.Complete();
        IReadOnlyList<VolumeInfo> volumes = await service.Engine.Volumes.ListAsync(filters, request.Aborted).ConfigureAwait(false);
        await request.WriteJsonAsync(new VolumeListContract([.. volumes.Select(volume => ToContract(volume))], null), VolumeJson.Default.VolumeListContract).ConfigureAwait(false);
    }

    private async Task InspectAsync(ApiRequest request)
    {
        request.Query.Complete();
        Volume volume = await GetAsync(request.Route("name"), request.Aborted).ConfigureAwait(false);
        await request.WriteJsonAsync(ToContract(await volume.InspectAsync(request.Aborted).ConfigureAwait(false)), VolumeJson.Default.VolumeContract).ConfigureAwait(false);
    }

    private async Task CreateAsync(ApiRequest request)
    {
        request.Query.Complete();
        VolumeCreateContract body = await request.RequireJsonAsync(VolumeJson.Default.VolumeCreateContract).ConfigureAwait(false);
        if (body.ClusterVolumeSpec is not null)
            throw new ApiException(StatusCodes.Status503ServiceUnavailable, "This node is not a swarm manager: cluster volumes need a swarm, which this engine has not.");
        Volume volume = await service.Engine.Volumes.CreateAsync(
            new VolumeSpec
            {
                Name = string.IsNullOrEmpty(body.Name) ? null : body.Name,
                Driver = string.IsNullOrEmpty(body.Driver) ? VolumeSpec.LocalDriver : body.Driver,
                DriverOptions = (body.DriverOpts ?? []).ToImmutableSortedDictionary(StringComparer.Ordinal),
                Labels = (body.Labels ?? []).ToImmutableSortedDictionary(StringComparer.Ordinal),
            },
            request.Aborted).ConfigureAwait(false);
        await request.WriteJsonAsync(
            ToContract(await volume.InspectAsync(request.Aborted).ConfigureAwait(false)), VolumeJson.Default.VolumeContract, StatusCodes.Status201Created).ConfigureAwait(false);
    }

    private static Task Update(ApiRequest request)
        => throw new ApiException(StatusCodes.Status503ServiceUnavailable, "This node is not a swarm manager: only cluster volumes can be updated.");

    private async Task RemoveAsync(ApiRequest request)
    {
        string name = request.Route("name");
        bool force = request.Query.Flag("force");
        request.Query.Complete();
        try
        {
            Volume volume = await GetAsync(name, request.Aborted).ConfigureAwait(false);
            await volume.RemoveAsync(request.Aborted).ConfigureAwait(false);
        }
        catch (ApiException e) when (force && e.StatusCode == StatusCodes.Status404NotFound)
        {
            // By force, it only has to be gone.
        }
        catch (ConflictException e)
        {
            throw ApiException.Conflict($"remove {name}: volume is in use: {e.Message}", e);
        }

        await request.WriteStatusAsync(StatusCodes.Status204NoContent).ConfigureAwait(false);
    }

    private async Task PruneAsync(ApiRequest request)
    {
        FilterSet filters = request.Query.Filters();
        request.Query.Complete();

        // Up to API 1.41 those with names went as well.
        if (!request.Version.IsAtLeast(42) && !filters.Contains("all"))
            filters = filters.With("all", "true");
        VolumePruneReport report = await service.Engine.Volumes.PruneAsync(filters, request.Aborted).ConfigureAwait(false);
        await request.WriteJsonAsync(new VolumePruneContract(report.RemovedNames, report.ReclaimedBytes), VolumeJson.Default.VolumePruneContract).ConfigureAwait(false);
    }

    private async Task<Volume> GetAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await service.Engine.Volumes.GetAsync(name, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is NotFoundException or ArgumentException)
        {
            throw ApiException.NotFound($"get {name}: no such volume", e);
        }
    }
}

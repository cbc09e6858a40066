using ContainerKit.DockerApi.Contracts;
using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;
using ContainerKit.Oci;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.DockerApi.Containers;

/// <summary>Making, finding and removing containers.</summary>
internal sealed class ContainerEndpoints(DockerApiService service)
{
    private readonly ContainerDescriber _describer = new(service);

    internal void Map(RouteTable routes)
    {
        routes.Get("/containers/json", ListAsync);
        routes.Post("/containers/create", CreateAsync);
        routes.Post("/containers/prune", PruneAsync);
        routes.Get("/containers/{id}/json", InspectAsync);
        routes.Delete("/containers/{id}", RemoveAsync);
        routes.Post("/containers/{id}/rename", RenameAsync);
        routes.Post("/containers/{id}/update", UpdateAsync);
    }

    private async Task ListAsync(ApiRequest request)
    {
        bool all = request.Query.Flag("all");
        bool withSize = request.Query.Flag("size");
        int? limit = request.Query.Number("limit") is int count && count > 0 ? count : null;
        FilterSet filters = request.Query.Filters();

        // Parameters of old APIs, which are filters now; trunc_cmd is for the client's table.
        foreach (string name in (string[])["since", "before"])
        {
            if (request.Query.NonEmpty(name) is { } container)
                filters = filters.With(name, container);
        }

        request.Query.Accept("trunc_cmd");
        request.Query.Complete();
        var options = new ContainerListOptions { Filters = filters, RunningOnly = !all, Limit = limit };
        IReadOnlyList<ContainerInfo> infos = await Filtered(() => service.Engine.Containers.ListAsync(options, request.Aborted)).ConfigureAwait(false);
        NetworkNames names = await NetworkNames.ReadAsync(service.Engine, request.Aborted).ConfigureAwait(false);
        Dictionary<string, string?> images = new(StringComparer.Ordinal);
        Dictionary<string, ContainerSizes> sizes = withSize ? await ContainerSizes.ReadAsync(service.Engine, request.Aborted).ConfigureAwait(false) : [];
        List<ContainerSummary> summaries = [];

        // Docker's order: the newest first.
        foreach (ContainerInfo info in infos.Reverse())
        {
            ContainerSummary summary = await _describer.SummarizeAsync(info, names, images, request.Aborted).ConfigureAwait(false);
            summaries.Add(sizes.TryGetValue(info.Id, out ContainerSizes? size) ? summary with { SizeRw = size.Writable, SizeRootFs = size.Root } : summary);
        }

        await request.WriteJsonAsync([.. summaries], ContainerJson.Default.ContainerSummaryArray).ConfigureAwait(false);
    }

    private async Task CreateAsync(ApiRequest request)
    {
        string? name = request.Query.NonEmpty("name")?.TrimStart('/');
        string? platform = request.Query.NonEmpty("platform");
        request.Query.Complete();
        CreateContainerBody body = await request.RequireJsonAsync(ContainerJson.Default.CreateContainerBody).ConfigureAwait(false);
        MappedSpec mapped = SpecMapper.Map(body, name, request.Version);
        Image image = await FindImageAsync(mapped.Spec.Image, request.Aborted).ConfigureAwait(false);
        if (platform is not null)
            RequirePlatform(image, mapped.Spec.Image, platform);
        await RequireLinkedAsync(body.HostConfig?.Links, request.Aborted).ConfigureAwait(false);
        foreach (VolumeSpec volume in mapped.VolumesToMake)
            await service.Engine.Volumes.CreateAsync(volume, request.Aborted).ConfigureAwait(false);
        Container container;
        try
        {
            container = await service.Engine.Containers.CreateAsync(mapped.Spec, request.Aborted).ConfigureAwait(false);
        }
        catch (ConflictException e) when (name is not null)
        {
            throw await NameConflictAsync(name, e).ConfigureAwait(false);
        }
        catch (NotFoundException e)
        {
            // A network, or another container. Not 404: clients take that for a missing image, and pull it.
            throw ApiException.BadRequest($"not found: {e.Message}", e);
        }

        await request.WriteJsonAsync(new CreateContainerResponse(container.Id, mapped.Warnings), ContainerJson.Default.CreateContainerResponse, StatusCodes.Status201Created).ConfigureAwait(false);
    }

    /// <summary>Links of the container as a whole, unlike those of one network, are to containers that are there already.</summary>
    private async Task RequireLinkedAsync(IReadOnlyList<string>? links, CancellationToken cancellationToken)
    {
        foreach (string link in links ?? [])
        {
            string name = link.Split(':')[0].TrimStart('/');
            if (name.Length == 0 || await service.Engine.Containers.FindAsync(name, cancellationToken).ConfigureAwait(false) is null)
                throw ApiException.BadRequest($"could not get container for {name}: No such container: {name}");
        }
    }

    private async Task InspectAsync(ApiRequest request)
    {
        bool withSize = request.Query.Flag("size");
        request.Query.Complete();
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);
        ContainerInfo info = await container.InspectAsync(request.Aborted).ConfigureAwait(false);
        ContainerInspectResponse response = await _describer.InspectAsync(info, request.Aborted).ConfigureAwait(false);
        if (withSize)
        {
            Dictionary<string, ContainerSizes> sizes = await ContainerSizes.ReadAsync(service.Engine, request.Aborted).ConfigureAwait(false);
            if (sizes.TryGetValue(info.Id, out ContainerSizes? size))
                response = response with { SizeRw = size.Writable, SizeRootFs = size.Root };
        }

        await request.WriteJsonAsync(response, ContainerJson.Default.ContainerInspectResponse).ConfigureAwait(false);
    }

    private async Task RemoveAsync(ApiRequest request)
    {
        bool force = request.Query.Flag("force");
        bool volumes = request.Query.Flag("v");
        request.Query.Refuse("link", "links of the default network go with the container that has them");
        request.Query.Complete();
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);
        ContainerInfo info = await container.InspectAsync(request.Aborted).ConfigureAwait(false);
        if (!force && info.Status is ContainerStatus.Running or ContainerStatus.Paused or ContainerStatus.Restarting)
        {
            throw ApiException.Conflict(
                $"cannot remove container \"/{info.Name}\": container is {StatusText.State(info.Status)}: {(info.Status == ContainerStatus.Paused ? "unpause and stop" : "stop")} the container before removing or force remove");
        }

        await container.RemoveAsync(force, volumes, request.Aborted).ConfigureAwait(false);
        await request.WriteStatusAsync(StatusCodes.Status204NoContent).ConfigureAwait(false);
    }

    private async Task RenameAsync(ApiRequest request)
    {
        string name = request.Query.NonEmpty("name")?.TrimStart('/') ?? throw ApiException.BadRequest("Neither old nor new names may be empty");
        request.Query.Complete();
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);
        try
        {
            await container.RenameAsync(name, request.Aborted).ConfigureAwait(false);
        }
        catch (ConflictException e)
        {
            throw await NameConflictAsync(name, e).ConfigureAwait(false);
        }

        await request.WriteStatusAsync(StatusCodes.Status204NoContent).ConfigureAwait(false);
    }

    private async Task UpdateAsync(ApiRequest request)
    {
        request.Query.Complete();
        ResourcesBody body = await request.RequireJsonAsync(ContainerJson.Default.ResourcesBody).ConfigureAwait(false);
        UnknownFields.Refuse("", body.Unknown);
        Container container = await service.FindContainerAsync(request).ConfigureAwait(false);
        RestartPolicy? policy = SpecMapper.MapUpdatedPolicy(body.RestartPolicy);
        if (policy is { Mode: not RestartMode.No } && container.Spec.AutoRemove)
            throw ApiException.BadRequest("Restart policy cannot be updated because AutoRemove is enabled for the container");
        await container.UpdateAsync(
            spec => ResourceMapper.Apply(policy is null ? spec : spec.WithRestartPolicy(policy), body), request.Aborted).ConfigureAwait(false);
        await request.WriteJsonAsync(new UpdateResponse([]), ContainerJson.Default.UpdateResponse).ConfigureAwait(false);
    }

    private async Task PruneAsync(ApiRequest request)
    {
        FilterSet filters = request.Query.Filters();
        request.Query.Complete();
        ContainerPruneReport report = await Filtered(() => service.Engine.Containers.PruneAsync(filters, request.Aborted)).ConfigureAwait(false);
        await request.WriteJsonAsync(
            new ContainersPruneResponse(report.RemovedIds.Count == 0 ? null : report.RemovedIds, report.ReclaimedSpace.Bytes), ContainerJson.Default.ContainersPruneResponse).ConfigureAwait(false);
    }

    /// <summary>A wrong filter, with the words that clients look for.</summary>
    private static async Task<T> Filtered<T>(Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (ArgumentException e)
        {
            throw ApiException.BadRequest($"invalid filter: {e.Message}", e);
        }
    }

    private async Task<ApiException> NameConflictAsync(string name, ConflictException reason)
    {
        Container? holder = await service.Engine.Containers.FindAsync(name, CancellationToken.None).ConfigureAwait(false);
        return holder is null || holder.Name != name
            ? ApiException.Conflict(reason.Message, reason)
            : ApiException.Conflict(
                $"Conflict. The container name \"/{name}\" is already in use by container \"{holder.Id}\". You have to remove (or rename) that container to be able to reuse that name.", reason);
    }

    private async Task<Image> FindImageAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            if (await service.Engine.Images.FindAsync(name, cancellationToken).ConfigureAwait(false) is { } image)
                return image;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw ApiException.BadRequest($"invalid reference format: {name}", e);
        }

        // With the tag: the client pulls what this names.
        throw ApiException.NotFound($"No such image: {(ImageReference.TryParse(name, out ImageReference? reference) ? WithTag(reference) : name)}");
    }

    private static string WithTag(ImageReference reference)
        => reference.Tag is null && reference.Digest is null ? $"{reference.FamiliarName}:{ImageReference.DefaultTag}" : reference.FamiliarString;

    private static void RequirePlatform(Image image, string name, string platform)
    {
        string[] parts = platform.Split('/');
        Platform own = image.Configuration.Platform;
        bool matches = parts switch
        {
            [var os] => os == own.Os || os == own.Architecture,
            [var os, var architecture] => os == own.Os && architecture == own.Architecture,
            [var os, var architecture, var variant] => os == own.Os && architecture == own.Architecture && (own.Variant is null || variant == own.Variant),
            _ => throw ApiException.BadRequest($"\"{platform}\": invalid platform"),
        };
        if (!matches)
            throw ApiException.NotFound($"image with reference {name} was found but its platform ({own.Os}/{own.Architecture}) does not match the specified platform ({platform})");
    }
}

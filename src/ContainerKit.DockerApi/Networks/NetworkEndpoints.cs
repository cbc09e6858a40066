using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.DockerApi.Networks;

/// <summary>Networks.</summary>
internal sealed class NetworkEndpoints(DockerApiService service)
{
    internal void Map(RouteTable routes)
    {
        routes.Get("/networks", ListAsync);
        routes.Post("/networks/create", CreateAsync);
        routes.Post("/networks/prune", PruneAsync);
        routes.Get("/networks/{name}", InspectAsync);
        routes.Delete("/networks/{name}", RemoveAsync);
        routes.Post("/networks/{name}/connect", ConnectAsync);
        routes.Post("/networks/{name}/disconnect", DisconnectAsync);
    }

    private async Task ListAsync(ApiRequest request)
    {
        FilterSet filters = request.Query.Filters();
        request.Query.Complete();
        IReadOnlyList<NetworkInfo> networks = await service.Engine.Networks.ListAsync(filters, request.Aborted).ConfigureAwait(false);
        await request.WriteJsonAsync<IReadOnlyList<NetworkContract>>(
            [.. networks.Select(network => NetworkMapping.ToContract(network, []))], NetworkJson.Default.IReadOnlyListNetworkContract).ConfigureAwait(false);
    }

    private async Task InspectAsync(ApiRequest request)
    {
        // Both are of a swarm: services in a network, and networks of the same name in another scope.
        request.Query.Accept("verbose");
        if (request.Query.NonEmpty("scope") is { } scope and not "local")
            throw ApiException.NotFound($"network {request.Route("name")} not found in the scope {scope}");
        request.Query.Complete();
        NetworkInfo network = await GetAsync(request.Route("name"), request.Aborted).ConfigureAwait(false);
        IReadOnlyList<ContainerInfo> containers = await service.Engine.Containers.ListAsync(request.Aborted).ConfigureAwait(false);
        await request.WriteJsonAsync(NetworkMapping.ToContract(network, containers), NetworkJson.Default.NetworkContract).ConfigureAwait(false);
    }

    private async Task CreateAsync(ApiRequest request)
    {
        request.Query.Complete();
        NetworkSpec spec = NetworkMapping.ToSpec(await request.RequireJsonAsync(NetworkJson.Default.NetworkCreateContract).ConfigureAwait(false));
        if (await service.Engine.Networks.FindAsync(spec.Name, request.Aborted).ConfigureAwait(false) is { } known && known.Name == spec.Name)
        {
            throw (await known.InspectAsync(request.Aborted).ConfigureAwait(false)).IsPredefined
                ? new ApiException(StatusCodes.Status403Forbidden, $"operation is not permitted on predefined {spec.Name} network")
                : ApiException.Conflict($"network with name {spec.Name} already exists");
        }

        Network network = await service.Engine.Networks.CreateAsync(spec, request.Aborted).ConfigureAwait(false);

        // It stays when the handle goes.
        network.Keep();
        await request.WriteJsonAsync(new NetworkCreatedContract(network.Id, ""), NetworkJson.Default.NetworkCreatedContract, StatusCodes.Status201Created).ConfigureAwait(false);
    }

    private async Task RemoveAsync(ApiRequest request)
    {
        request.Query.Complete();
        NetworkInfo network = await GetAsync(request.Route("name"), request.Aborted).ConfigureAwait(false);
        if (network.IsPredefined)
            throw new ApiException(StatusCodes.Status403Forbidden, $"{network.Name} is a pre-defined network and cannot be removed");
        try
        {
            await service.Engine.Networks.RemoveAsync(network.Id, request.Aborted).ConfigureAwait(false);
        }
        catch (ConflictException e)
        {
            throw Forbidden($"error while removing network: network {network.Name} id {network.Id} has active endpoints: {e.Message}", e);
        }

        await request.WriteStatusAsync(StatusCodes.Status204NoContent).ConfigureAwait(false);
    }

    private async Task ConnectAsync(ApiRequest request)
    {
        request.Query.Complete();
        NetworkConnectContract body = await request.RequireJsonAsync(NetworkJson.Default.NetworkConnectContract).ConfigureAwait(false);
        NetworkInfo network = await GetAsync(request.Route("name"), request.Aborted).ConfigureAwait(false);
        RequireJoinable(network);
        Container container = await GetContainerAsync(body.Container, request.Aborted).ConfigureAwait(false);
        try
        {
            await container.ConnectAsync(NetworkMapping.ToAttachment(network.Name, body.EndpointConfig), request.Aborted).ConfigureAwait(false);
        }
        catch (ConflictException e)
        {
            throw Forbidden(e.Message, e);
        }

        await request.WriteStatusAsync(StatusCodes.Status200OK).ConfigureAwait(false);
    }

    private async Task DisconnectAsync(ApiRequest request)
    {
        request.Query.Complete();
        NetworkDisconnectContract body = await request.RequireJsonAsync(NetworkJson.Default.NetworkDisconnectContract).ConfigureAwait(false);
        NetworkInfo network = await GetAsync(request.Route("name"), request.Aborted).ConfigureAwait(false);
        RequireJoinable(network);
        Container container = await GetContainerAsync(body.Container, request.Aborted).ConfigureAwait(false);

        // By force, a container is meant that is gone without its endpoint: those don't exist here.
        await container.DisconnectAsync(network.Name, request.Aborted).ConfigureAwait(false);
        await request.WriteStatusAsync(StatusCodes.Status200OK).ConfigureAwait(false);
    }

    private async Task PruneAsync(ApiRequest request)
    {
        FilterSet filters = request.Query.Filters();
        request.Query.Complete();
        NetworkPruneReport report = await service.Engine.Networks.PruneAsync(filters, request.Aborted).ConfigureAwait(false);
        await request.WriteJsonAsync(new NetworkPruneContract(report.Networks), NetworkJson.Default.NetworkPruneContract).ConfigureAwait(false);
    }

    /// <summary>A container is on the host's network, or on none, from its creation or never.</summary>
    private static void RequireJoinable(NetworkInfo network)
    {
        switch (network.Driver)
        {
            case "host":
                throw ApiException.BadRequest("container cannot be disconnected from host network or connected to host network");
            case "null":
                throw ApiException.BadRequest("container cannot be disconnected from the network none or connected to it: choose it when the container is created");
        }
    }

    private static ApiException Forbidden(string message, Exception inner) => new(StatusCodes.Status403Forbidden, message, inner);

    private async Task<NetworkInfo> GetAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await service.Engine.Networks.InspectAsync(name, cancellationToken).ConfigureAwait(false);
        }
        catch (NotFoundException e)
        {
            throw ApiException.NotFound($"network {name} not found", e);
        }
    }

    private async Task<Container> GetContainerAsync(string? name, CancellationToken cancellationToken)
        => string.IsNullOrEmpty(name)
            ? throw ApiException.BadRequest("Container is missing: its name or id is wanted.")
            : await service.Engine.Containers.FindAsync(name, cancellationToken).ConfigureAwait(false) ?? throw ApiException.NotFound($"No such container: {name}");
}

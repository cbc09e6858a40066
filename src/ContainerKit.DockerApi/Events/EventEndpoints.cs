using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;

namespace ContainerKit.DockerApi.Events;

/// <summary>What happens in the engine.</summary>
internal sealed class EventEndpoints(DockerApiService service)
{
    /// <summary>What the engine's own filters know; of events Docker passes over the others.</summary>
    private static readonly string[] KnownFilters = ["type", "event", "container", "image", "volume", "network", "label", "scope"];

    private static readonly string[] KnownTypes = ["container", "image", "volume", "network"];

    internal void Map(RouteTable routes) => routes.Get("/events", WriteAsync);

    private async Task WriteAsync(ApiRequest request)
    {
        DateTimeOffset? since = request.Query.Time("since");
        DateTimeOffset? until = request.Query.Time("until");
        FilterSet wanted = request.Query.Filters();
        request.Query.Complete();
        if (since > until)
            throw ApiException.BadRequest($"`since` time ({since.Value.ToUnixTimeSeconds()}) cannot be after `until` time ({until.Value.ToUnixTimeSeconds()})");
        bool never = false;
        FilterSet filters = FilterSet.Empty;
        foreach (string name in KnownFilters)
        {
            string[] values = [.. wanted[name].Where(value => IsPossible(name, value))];
            never |= values.Length == 0 && wanted.Contains(name);
            foreach (string value in values)
                filters = filters.With(name, value);
        }

        // From here on nothing is missed, and then the client is told.
        IAsyncEnumerable<ContainerKitEvent> events = service.Engine.Events.ReadAsync(filters, since, until, request.Aborted);
        using JsonLines lines = request.OpenJsonLines();
        await lines.StartAsync().ConfigureAwait(false);
        await foreach (ContainerKitEvent happened in events.ConfigureAwait(false))
        {
            if (!never)
                await lines.WriteAsync(Describe(happened), EventJson.Default.EventMessage).ConfigureAwait(false);
        }
    }

    /// <summary>Docker has types of events, and scopes, that this engine never has: nothing matches them.</summary>
    private static bool IsPossible(string name, string value) => name switch
    {
        "type" => KnownTypes.Contains(value),
        "scope" => value == "local",
        _ => true,
    };

    private static EventMessage Describe(ContainerKitEvent happened)
    {
        string action = happened.Detail is null ? happened.Action : $"{happened.Action}: {happened.Detail}";
        bool old = happened.Kind is EventKind.Container or EventKind.Image;
        return new EventMessage
        {
            Status = old ? action : null,
            Id = old ? happened.ActorId : null,
            From = happened.Kind == EventKind.Container ? happened.Attributes.GetValueOrDefault("image") : null,
            Type = happened.Kind.ToString().ToLowerInvariant(),
            Action = action,
            Actor = new EventMessage.EventActor(happened.ActorId, happened.Attributes),
            Time = happened.Time.ToUnixTimeSeconds(),
            TimeNano = DockerTime.ToNanoseconds(happened.Time),
        };
    }
}

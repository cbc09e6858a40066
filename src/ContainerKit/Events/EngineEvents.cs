using ContainerKit.Events;

namespace ContainerKit;

/// <summary>
/// What happens in an engine, from <see cref="ContainerEngine.Events"/>. Enumerating this object gives all events from then on; it ends when the
/// engine is disposed. What other engine processes do in the same data root is not seen.
/// </summary>
public sealed class EngineEvents : IAsyncEnumerable<ContainerKitEvent>
{
    private readonly EventLog _log;

    internal EngineEvents(EventLog log) => _log = log;

    /// <summary>How many past events are kept for <c>since</c>, and for readers that are behind.</summary>
    public static int Capacity => EventLog.Capacity;

    /// <inheritdoc/>
    public IAsyncEnumerator<ContainerKitEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default)
        => ReadAsync(cancellationToken: cancellationToken).GetAsyncEnumerator(cancellationToken);

    /// <summary>Reads events. The reading begins with the call, not with the first enumeration, so nothing in between is missed.</summary>
    /// <param name="filters">
    /// <c>type</c> (container, image, volume, network), <c>event</c> or <c>action</c> (<c>health_status</c> means all of its details, <c>health_status: healthy</c> one),
    /// <c>container</c> (name or beginning of the id), <c>image</c> (name or id), <c>volume</c> (name), <c>network</c> (name or id), <c>label</c> (all must be there), <c>scope</c> (local); null for all.
    /// </param>
    /// <param name="since">Also the kept events from this time on; null: only new ones.</param>
    /// <param name="until">Ends at this time; one that is past ends the enumeration after the kept events. Null: goes on.</param>
    /// <param name="cancellationToken">Ends the enumeration with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">A filter or its value is not allowed; the message names it.</exception>
    /// <exception cref="IOException">While enumerating: the reader was more than <see cref="Capacity"/> events behind, and some are lost for it.</exception>
    public IAsyncEnumerable<ContainerKitEvent> ReadAsync(
        FilterSet? filters = null, DateTimeOffset? since = null, DateTimeOffset? until = null, CancellationToken cancellationToken = default)
        => _log.ReadAsync(new EventMatcher(filters ?? FilterSet.Empty), since, until, cancellationToken);
}

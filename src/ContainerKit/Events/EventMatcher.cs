using System.Collections.Frozen;
using ContainerKit.Filters;

namespace ContainerKit.Events;

/// <summary>Filters of events, checked and ready.</summary>
internal sealed class EventMatcher
{
    private static readonly FrozenSet<string> Known = FrozenSet.Create(StringComparer.Ordinal, "type", "event", "action", "container", "image", "volume", "network", "label", "scope");

    private static readonly FrozenSet<string> Types = FrozenSet.Create(StringComparer.Ordinal, "container", "image", "volume", "network");

    private readonly FilterSet _filters;

    internal EventMatcher(FilterSet filters)
    {
        FilterRules.RequireKnown(filters, Known);
        foreach (string type in filters["type"].Where(type => !Types.Contains(type)))
            throw FilterRules.Invalid("type", type, string.Join(", ", Types.Order(StringComparer.Ordinal)));
        foreach (string scope in filters["scope"].Where(scope => scope is not "local"))
            throw FilterRules.Invalid("scope", scope, "local");
        _filters = filters;
    }

    internal bool IsMatch(ContainerKitEvent happened)
        => Any("type", type => happened.Kind.ToString().Equals(type, StringComparison.OrdinalIgnoreCase))
            && Any("event", action => IsAction(happened, action))
            && Any("action", action => IsAction(happened, action))
            && Any("container", container => IsContainer(happened, container))
            && Any("image", image => IsImage(happened, image))
            && Any("volume", volume => happened.Kind == EventKind.Volume && happened.ActorId == volume)
            && Any("network", network => happened.Kind == EventKind.Network && (happened.ActorId == network || happened.Attributes.GetValueOrDefault("name") == network))
            && (!_filters.Contains("label") || FilterRules.HasLabels(happened.Attributes, _filters["label"]));

    private bool Any(string name, Func<string, bool> matches) => !_filters.Contains(name) || _filters[name].Any(matches);

    private static bool IsAction(ContainerKitEvent happened, string wanted)
        => wanted == happened.Action || (happened.Detail is not null && wanted == $"{happened.Action}: {happened.Detail}");

    private static bool IsContainer(ContainerKitEvent happened, string wanted)
        => happened.Kind == EventKind.Container
            && (happened.ActorId.StartsWith(wanted, StringComparison.Ordinal) || happened.Attributes.GetValueOrDefault("name") == wanted);

    /// <summary>Of containers that have the image, too. A name without a tag means every tag, as in Docker.</summary>
    private static bool IsImage(ContainerKitEvent happened, string wanted)
    {
        string? name = happened.Attributes.GetValueOrDefault(happened.Kind == EventKind.Image ? "name" : "image");
        return (happened.Kind == EventKind.Image && happened.ActorId == wanted) || name == wanted || (name is not null && WithoutTag(name) == wanted);
    }

    private static string WithoutTag(string name)
    {
        int colon = name.LastIndexOf(':');
        return colon > name.LastIndexOf('/') ? name[..colon] : name;
    }
}

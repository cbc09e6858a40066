using System.Collections.Frozen;
using ContainerKit.Filters;

namespace ContainerKit.Containers.Listing;

/// <summary>Filters of containers, checked and ready.</summary>
internal sealed class ContainerMatcher
{
    private static readonly FrozenSet<string> Known = FrozenSet.Create(
        StringComparer.Ordinal,
        "ancestor", "before", "exited", "expose", "health", "id", "is-task", "isolation", "label", "name", "network", "publish", "since", "status", "volume");

    /// <summary>Docker has one more, for what could not be removed; there is none of it here.</summary>
    private const string Dead = "dead";

    private static readonly FrozenSet<string> Statuses = Enum.GetNames<ContainerStatus>().Select(name => name.ToLowerInvariant()).Append(Dead).ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> HealthStatuses = Enum.GetNames<HealthStatus>().Select(name => name.ToLowerInvariant()).ToFrozenSet(StringComparer.Ordinal);

    private readonly FilterSet _filters;
    private readonly IReadOnlyList<Func<string, bool>> _ids;
    private readonly IReadOnlyList<Func<string, bool>> _names;
    private readonly IReadOnlyList<int> _exitCodes;
    private readonly IReadOnlyList<PortFilter> _exposed;
    private readonly IReadOnlyList<PortFilter> _published;
    private readonly bool _nothing;

    /// <exception cref="ArgumentException">A filter or a value is not allowed.</exception>
    internal ContainerMatcher(FilterSet filters)
    {
        FilterRules.RequireKnown(filters, Known);
        RequireOneOf(filters, "status", Statuses);
        RequireOneOf(filters, "health", HealthStatuses);
        RequireOneOf(filters, "isolation", FrozenSet.Create(StringComparer.Ordinal, "default", "process", "hyperv"));
        RequireSingle(filters, "before");
        RequireSingle(filters, "since");
        _filters = filters;
        _ids = FilterRules.Patterns(filters, "id");
        _names = FilterRules.Patterns(filters, "name");
        _exitCodes = FilterRules.Numbers(filters, "exited");
        _exposed = [.. filters["expose"].Select(value => PortFilter.Parse("expose", value))];

        _published = [.. filters["publish"].Select(value => PortFilter.Parse("publish", value))];

        // No container is a task of a cluster or is isolated otherwise.
        _nothing = FilterRules.Boolean(filters, "is-task") == true || (filters.Contains("isolation") && !filters["isolation"].Contains("default"));
    }

    /// <summary>Everything but <c>before</c>, <c>since</c> and <c>ancestor</c>, for which other objects have to be looked up.</summary>
    internal bool IsMatch(ContainerInfo info, ContainerImage? image)
        => !_nothing
            && Any("id", _ids, pattern => pattern(info.Id))
            && Any("name", _names, pattern => pattern(info.Name) || pattern("/" + info.Name))
            && FilterRules.HasLabels(info.Labels, _filters["label"])
            && Any("status", _filters["status"], status => Is(info.Status, status))
            && Any("exited", _exitCodes, code => info is { Status: ContainerStatus.Exited, ExitStatus: { } ended } && ended.ExitCode == code)
            && Any("health", _filters["health"], health => Is(info.Health?.Status ?? HealthStatus.None, health))
            && Any("network", _filters["network"], network => IsIn(info, network))
            && Any("volume", _filters["volume"], volume => HasMount(info.Spec, volume))
            && Any("expose", _exposed, port => image is not null && image.ExposedPorts.Any(port.IsMatch))
            && Any("publish", _published, port => info.Ports.Any(known => port.IsMatch(known.ContainerPort, known.Protocol.ToString())));

    private bool Any<T>(string name, IReadOnlyCollection<T> values, Func<T, bool> matches) => !_filters.Contains(name) || values.Any(matches);

    private static bool Is<T>(T value, string name)
        where T : struct, Enum
        => value.ToString().Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>By name or id, also while the container does not run.</summary>
    private static bool IsIn(ContainerInfo info, string network) => info.Spec.Network switch
    {
        NetworkMode.Host => network == "host",
        NetworkMode.Container => false,
        _ when info.NetworkAttachments.Count == 0 => network == "none",
        _ => info.NetworkAttachments.Concat(info.Spec.Networks).Any(attachment => attachment.Network == network)
            || info.Networks.Any(endpoint => endpoint.NetworkName == network || endpoint.NetworkId == network),
    };

    private static bool HasMount(ContainerSpec spec, string path)
        => spec.Binds.Any(bind => bind.Source == path || bind.Target == path) || spec.Tmpfs.Any(tmpfs => tmpfs.Target == path);

    private static void RequireOneOf(FilterSet filters, string name, FrozenSet<string> allowed)
    {
        foreach (string value in filters[name].Where(value => !allowed.Contains(value)))
            throw FilterRules.Invalid(name, value, string.Join(", ", allowed.Order(StringComparer.Ordinal)));
    }

    private static void RequireSingle(FilterSet filters, string name)
    {
        if (filters[name].Count > 1)
            throw FilterRules.Invalid(name, string.Join(", ", filters[name]), "one container");
    }
}

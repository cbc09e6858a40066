using System.Collections.Immutable;

namespace ContainerKit;

/// <summary>
/// Filters by name, as Docker has them: <c>FilterSet.Empty.With("status", "running").With("label", "stage=test")</c>. Several values of one name
/// are alternatives, except where the name's description says otherwise; different names must all match. Immutable. Names and values are checked
/// by what takes the filters.
/// </summary>
public sealed class FilterSet
{
    private readonly ImmutableSortedDictionary<string, ImmutableSortedSet<string>> _values
        = ImmutableSortedDictionary.Create<string, ImmutableSortedSet<string>>(StringComparer.Ordinal);

    private FilterSet()
    {
    }

    /// <summary>No filters: everything matches.</summary>
    public static FilterSet Empty { get; } = new();

    /// <summary>The names that have values, in ordinal order.</summary>
    public IEnumerable<string> Names => _values.Keys;

    /// <summary>The values of a name, in ordinal order; empty when it has none.</summary>
    /// <param name="name">The filter's name.</param>
    public IReadOnlyCollection<string> this[string name] => _values.TryGetValue(name, out ImmutableSortedSet<string>? values) ? values : [];

    private FilterSet(ImmutableSortedDictionary<string, ImmutableSortedSet<string>> values) => _values = values;

    /// <summary>Adds a value.</summary>
    /// <param name="name">The filter's name, as in <c>label</c>.</param>
    /// <param name="value">The value, as in <c>stage=test</c>.</param>
    public FilterSet With(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        ImmutableSortedSet<string> values = _values.TryGetValue(name, out ImmutableSortedSet<string>? known) ? known : ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
        return new FilterSet(_values.SetItem(name, values.Add(value)));
    }

    /// <summary>True when the name has a value.</summary>
    public bool Contains(string name) => _values.ContainsKey(name);

    /// <summary>The filters as <c>name=value</c>, separated by blanks.</summary>
    public override string ToString() => string.Join(' ', _values.SelectMany(pair => pair.Value.Select(value => $"{pair.Key}={value}")));
}

using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace ContainerKit.Oci.Json;

/// <summary>
/// An immutable copy of a string map, equal to another by its entries and enumerated in ordinal order, so that what is written from it
/// has the same digest every time.
/// </summary>
internal sealed class ValueMap : IReadOnlyDictionary<string, string>, IEquatable<ValueMap>
{
    private static readonly ValueMap Empty = new([]);

    private readonly SortedDictionary<string, string> _entries;

    private ValueMap(SortedDictionary<string, string> entries) => _entries = entries;

    public int Count => _entries.Count;

    public IEnumerable<string> Keys => _entries.Keys;

    public IEnumerable<string> Values => _entries.Values;

    public string this[string key] => _entries[key];

    /// <summary>A copy; none for null, which Go writes for an empty map.</summary>
    /// <exception cref="ArgumentException">A value is null.</exception>
    public static ValueMap From(IReadOnlyDictionary<string, string>? entries, string name)
    {
        if (entries is ValueMap same)
        {
            return same;
        }

        if (entries is null || entries.Count == 0)
        {
            return Empty;
        }

        SortedDictionary<string, string> copy = new(StringComparer.Ordinal);
        foreach ((string key, string value) in entries)
        {
            copy.Add(key, value ?? throw new ArgumentException($"{name}[\"{key}\"] is null", name));
        }

        return new ValueMap(copy);
    }

    public bool ContainsKey(string key) => _entries.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value) => _entries.TryGetValue(key, out value);

    public bool Equals(ValueMap? other) => other is not null && _entries.SequenceEqual(other._entries);

    public override bool Equals(object? obj) => Equals(obj as ValueMap);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach ((string key, string value) in _entries)
        {
            hash.Add(key);
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _entries.GetEnumerator();
}

using System.Collections;

namespace ContainerKit.Oci.Json;

/// <summary>An immutable copy of a set of strings, equal to another by its elements and enumerated in ordinal order.</summary>
internal sealed class ValueSet : IReadOnlySet<string>, IEquatable<ValueSet>
{
    private static readonly ValueSet Empty = new([]);

    private readonly SortedSet<string> _elements;

    private ValueSet(SortedSet<string> elements) => _elements = elements;

    public int Count => _elements.Count;

    /// <summary>A copy; none for null, which Go writes for an empty set.</summary>
    /// <exception cref="ArgumentException">An element is null.</exception>
    public static ValueSet From(IReadOnlySet<string>? elements, string name)
    {
        if (elements is ValueSet same)
        {
            return same;
        }

        if (elements is null || elements.Count == 0)
        {
            return Empty;
        }

        return elements.Any(element => element is null)
            ? throw new ArgumentException($"{name} holds null", name)
            : new ValueSet(new SortedSet<string>(elements, StringComparer.Ordinal));
    }

    public bool Contains(string item) => _elements.Contains(item);

    public bool IsProperSubsetOf(IEnumerable<string> other) => _elements.IsProperSubsetOf(other);

    public bool IsProperSupersetOf(IEnumerable<string> other) => _elements.IsProperSupersetOf(other);

    public bool IsSubsetOf(IEnumerable<string> other) => _elements.IsSubsetOf(other);

    public bool IsSupersetOf(IEnumerable<string> other) => _elements.IsSupersetOf(other);

    public bool Overlaps(IEnumerable<string> other) => _elements.Overlaps(other);

    public bool SetEquals(IEnumerable<string> other) => _elements.SetEquals(other);

    public bool Equals(ValueSet? other) => other is not null && _elements.SequenceEqual(other._elements);

    public override bool Equals(object? obj) => Equals(obj as ValueSet);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (string element in _elements)
        {
            hash.Add(element);
        }

        return hash.ToHashCode();
    }

    public IEnumerator<string> GetEnumerator() => _elements.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _elements.GetEnumerator();
}

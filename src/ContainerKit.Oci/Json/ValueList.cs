using System.Collections;

namespace ContainerKit.Oci.Json;

/// <summary>An immutable copy of a list, equal to another by its elements, so that records that hold one compare by value.</summary>
internal sealed class ValueList<T> : IReadOnlyList<T>, IEquatable<ValueList<T>>
    where T : notnull
{
    private static readonly ValueList<T> Empty = new([]);

    private readonly T[] _items;

    private ValueList(T[] items) => _items = items;

    public int Count => _items.Length;

    public T this[int index] => _items[index];

    /// <summary>A copy; none for null, which Go writes for an empty list.</summary>
    /// <exception cref="ArgumentException">An element is null.</exception>
    public static ValueList<T> From(IReadOnlyList<T>? items, string name)
    {
        if (items is ValueList<T> same)
        {
            return same;
        }

        if (items is null || items.Count == 0)
        {
            return Empty;
        }

        T[] copy = [.. items];
        int hole = Array.FindIndex(copy, item => item is null);
        return hole < 0 ? new ValueList<T>(copy) : throw new ArgumentException($"{name}[{hole}] is null", name);
    }

    public bool Equals(ValueList<T>? other) => other is not null && _items.AsSpan().SequenceEqual(other._items);

    public override bool Equals(object? obj) => Equals(obj as ValueList<T>);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (T item in _items)
        {
            hash.Add(item);
        }

        return hash.ToHashCode();
    }

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _items.GetEnumerator();
}

namespace ContainerKit.Tests.Architecture;

/// <summary>A member of every shape, for the test of documentation ids.</summary>
/// <typeparam name="T">Anything.</typeparam>
public abstract class DocumentationSample<T>
{
    /// <summary>A constant.</summary>
    public const int Constant = 1;

    /// <summary>A constructor.</summary>
    protected DocumentationSample(int[,] grid, T[][] items)
    {
        Grid = grid;
        Items = items;
    }

    /// <summary>An event.</summary>
    public abstract event EventHandler? Changed;

    /// <summary>A property.</summary>
    public int[,] Grid { get; }

    /// <summary>A property.</summary>
    public T[][] Items { get; }

    /// <summary>An indexer.</summary>
    public abstract T this[int index, string key] { get; }

    /// <summary>A conversion.</summary>
    public static explicit operator int(DocumentationSample<T> sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return sample.Grid.Length;
    }

    /// <summary>A generic method.</summary>
    public abstract bool TryGet<TKey>(in TKey key, out IReadOnlyDictionary<TKey, List<T?>> value, ref Inner inner, Dictionary<int, T>.KeyCollection keys);

    /// <summary>A method without parameters.</summary>
    public abstract int? Count();

    /// <summary>A nested type.</summary>
    public sealed class Inner
    {
        /// <summary>A method.</summary>
        public int Read(int? number, Inner? other) => (number ?? 0) + (other is null ? 0 : 1);
    }
}

namespace ContainerKit.Linux.Namespaces;

/// <summary>A line of /proc/PID/uid_map or gid_map, user_namespaces(7).</summary>
/// <param name="Inside">First id inside the namespace.</param>
/// <param name="Outside">First id outside.</param>
/// <param name="Count">How many ids.</param>
public readonly record struct IdRange(uint Inside, uint Outside, uint Count)
{
    /// <summary>True when an id inside is mapped by this range.</summary>
    /// <param name="inside">An id inside the namespace.</param>
    /// <returns>True when it has a counterpart outside.</returns>
    public bool Contains(uint inside) => inside >= Inside && inside - Inside < Count;
}

using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace ContainerKit.Runtime.Processes;

/// <summary>The descriptors that a launch passes on, in order.</summary>
internal sealed class DescriptorTable : IDisposable
{
    private readonly List<SafeHandle> _handles = [];
    private readonly List<SafeHandle> _owned = [];

    internal int Count => _handles.Count;

    internal ImmutableArray<SafeHandle> Handles => [.. _handles];

    /// <summary>Adds a descriptor, which stays its owner's.</summary>
    /// <returns>Its position.</returns>
    internal int Add(SafeHandle handle)
    {
        _handles.Add(handle);
        return _handles.Count - 1;
    }

    /// <summary>Adds a descriptor that is closed with this table.</summary>
    /// <returns>Its position.</returns>
    internal int AddOwned(SafeHandle handle)
    {
        _owned.Add(handle);
        return Add(handle);
    }

    public void Dispose() => _owned.ForEach(handle => handle.Dispose());
}

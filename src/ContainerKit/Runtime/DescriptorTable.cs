using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace ContainerKit.Runtime;

/// <summary>The descriptors that a launch passes on, in order.</summary>
internal sealed class DescriptorTable
{
    private readonly List<SafeHandle> _handles = [];

    internal int Count => _handles.Count;

    internal ImmutableArray<SafeHandle> Handles => [.. _handles];

    /// <summary>Adds a descriptor, which stays its owner's.</summary>
    /// <returns>Its position.</returns>
    internal int Add(SafeHandle handle)
    {
        _handles.Add(handle);
        return _handles.Count - 1;
    }
}

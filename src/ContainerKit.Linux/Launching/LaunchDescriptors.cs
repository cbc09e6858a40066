using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace ContainerKit.Linux.Launching;

/// <summary>What a started process gets to hold. The caller keeps ownership and may close its copies once the start has returned.</summary>
public sealed record LaunchDescriptors
{
    /// <summary>Standard input; null is /dev/null.</summary>
    public SafeHandle? StandardInput { get; init; }

    /// <summary>Standard output; null is /dev/null.</summary>
    public SafeHandle? StandardOutput { get; init; }

    /// <summary>Standard error; null is /dev/null.</summary>
    public SafeHandle? StandardError { get; init; }

    /// <summary>Further descriptors, for the program's own use: <see cref="LaunchProgramBuilder.InheritedDescriptor"/> gives their numbers.</summary>
    public ImmutableArray<SafeHandle> Inherited { get; init; } = [];
}

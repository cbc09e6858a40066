using ContainerKit.Containers;
using ContainerKit.Runtime;

namespace ContainerKit.Engine;

/// <summary>Puts the parts of an engine together.</summary>
internal static class EngineComposition
{
    /// <summary>The runtime for this user, and the images of the data root.</summary>
    internal static Task<(IContainerRuntime Runtime, IContainerImages Images)> CreateAsync(EngineOptions options, CancellationToken cancellationToken)
        => throw new UnsupportedException($"No runtime is built in to open {options.ResolveDataRoot()}.");
}

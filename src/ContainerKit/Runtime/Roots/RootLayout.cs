using System.Collections.Immutable;

namespace ContainerKit.Runtime.Roots;

/// <summary>The overlays that make up a container's root: one, or for a rootless view of a tree with mounts in it several.</summary>
/// <param name="Root">The overlay on <c>/</c>.</param>
/// <param name="Parts">Further overlays on directories of it.</param>
internal sealed record RootLayout(RuntimeRoot Root, ImmutableArray<RootPart> Parts);

/// <summary>An overlay below a container's root.</summary>
/// <param name="Target">Path inside, without links.</param>
/// <param name="Overlay">Its directories.</param>
internal sealed record RootPart(string Target, RuntimeRoot Overlay);

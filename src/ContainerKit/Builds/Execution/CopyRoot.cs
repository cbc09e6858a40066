using ContainerKit.Builds.Contexts;

namespace ContainerKit.Builds.Execution;

/// <summary>A source of COPY that was found.</summary>
/// <param name="Tree">Where it is.</param>
/// <param name="Entry">What it is.</param>
/// <param name="Target">Where it goes, below the destination; empty: a file becomes the destination, of a directory the content goes there.</param>
internal sealed record CopyRoot(SourceTree Tree, SourceEntry Entry, string Target);

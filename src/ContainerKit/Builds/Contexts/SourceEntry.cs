using ContainerKit.Linux.Paths;

namespace ContainerKit.Builds.Contexts;

/// <summary>A file or directory that a source of COPY leads to.</summary>
/// <param name="Path">Its components below the tree's root, without links.</param>
/// <param name="WrittenName">The last name as it was written, before links were followed; empty for the root.</param>
/// <param name="Status">What it is.</param>
internal sealed record SourceEntry(IReadOnlyList<byte[]> Path, byte[] WrittenName, FileStatus Status);

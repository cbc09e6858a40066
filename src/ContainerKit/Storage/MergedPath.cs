using System.Collections.Immutable;
using ContainerKit.Linux.Paths;

namespace ContainerKit.Storage;

/// <summary>A path inside, as far as it exists.</summary>
/// <param name="Path">Absolute path inside, without links, <c>.</c> and <c>..</c>.</param>
/// <param name="Type">What is there; null when nothing is.</param>
/// <param name="Missing">
/// The directories that are missing, as absolute paths inside, outermost first; the last is <paramref name="Path"/>. Empty when it exists.
/// </param>
internal sealed record MergedPath(string Path, FileType? Type, ImmutableArray<string> Missing);

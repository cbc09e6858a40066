namespace ContainerKit;

/// <summary>A difference between a container's files and its image's.</summary>
/// <param name="Path">Absolute path inside; bytes that are not UTF-8 are shown as <c>\xHH</c>.</param>
/// <param name="Kind">What happened.</param>
public sealed record FileChange(string Path, FileChangeKind Kind);

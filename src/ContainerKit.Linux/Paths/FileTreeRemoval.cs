namespace ContainerKit.Linux.Paths;

/// <summary>What <see cref="FileTreeRemover"/> achieved.</summary>
public sealed class FileTreeRemoval
{
    internal FileTreeRemoval(bool isComplete, IReadOnlyList<LinuxException> failures, IReadOnlyList<byte[]> foreignDirectories)
    {
        IsComplete = isComplete;
        Failures = failures;
        ForeignDirectories = foreignDirectories;
    }

    /// <summary>True when nothing is left of the tree.</summary>
    public bool IsComplete { get; }

    /// <summary>Why entries are left, at most <see cref="FileTreeRemover.MaxReported"/>, with paths relative to the tree.</summary>
    public IReadOnlyList<LinuxException> Failures { get; }

    /// <summary>
    /// Directories that could not be emptied because another user owns them, at most <see cref="FileTreeRemover.MaxReported"/>: paths relative
    /// to the tree, empty for the tree itself. After they were made this user's, a further call gets on.
    /// </summary>
    public IReadOnlyList<byte[]> ForeignDirectories { get; }
}

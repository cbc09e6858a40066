using ContainerKit.Linux;
using ContainerKit.Linux.Paths;

namespace ContainerKit.Storage.Ownership;

/// <summary>Removes trees that may hold directories of mapped users, which have to be taken back before they can be emptied.</summary>
internal static class OwnedTreeRemover
{
    /// <summary>Removes a tree; does nothing when there is none.</summary>
    /// <exception cref="LinuxException">Something is left; the first reason.</exception>
    public static async ValueTask RemoveAsync(string path, IFileOwnership ownership, CancellationToken cancellationToken)
    {
        IReadOnlyList<byte[]> taken = [];
        while (true)
        {
            FileTreeRemoval removal = FileTreeRemover.Remove(path, cancellationToken);
            if (removal.IsComplete)
            {
                return;
            }
            bool hopeless = ownership.Mode != OwnershipMode.Deferred || removal.ForeignDirectories.Count == 0 || AreEqual(removal.ForeignDirectories, taken);
            if (hopeless)
            {
                throw removal.Failures.Count > 0 ? removal.Failures[0] : new LinuxException("rmdir", Errno.ENOTEMPTY, path);
            }
            taken = removal.ForeignDirectories;
            await ownership.TakeAsync(path, taken, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The same directories again: taking them has changed nothing.</summary>
    private static bool AreEqual(IReadOnlyList<byte[]> left, IReadOnlyList<byte[]> right)
        => left.Count == right.Count && left.Zip(right).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
}

using ContainerKit.Linux.Namespaces;
using ContainerKit.Linux.Paths;

namespace ContainerKit.Runtime;

/// <summary>Removes directory trees, taking over what belongs to mapped users first.</summary>
internal static class TreeRemoval
{
    private const uint OwnerOnly = 0x1C0; // 0700

    internal static async Task RemoveAsync(string path, UserNamespace? userNamespace, CancellationToken cancellationToken)
    {
        while (true)
        {
            FileTreeRemoval removal = await Task.Run(() => FileTreeRemover.Remove(path, cancellationToken), cancellationToken).ConfigureAwait(false);
            if (removal.IsComplete)
            {
                return;
            }

            if (userNamespace is null || removal.ForeignDirectories.Count == 0)
            {
                Exception? cause = removal.Failures.Count > 0 ? removal.Failures[0] : null;
                throw new IOException($"{path} could not be removed: {cause?.Message ?? "it changes while it is removed"}", cause);
            }

            IReadOnlyList<OwnerChange> changes = [.. removal.ForeignDirectories.Select(d => new OwnerChange(d, 0, 0, OwnerOnly))];
            await userNamespace.ChangeOwnersAsync(path, changes, cancellationToken).ConfigureAwait(false);
        }
    }
}

using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Ownership;

namespace ContainerKit.Storage.Unpacking;

/// <summary>Sets what directories get at the end, children before parents, and collects the owners that are left to a user namespace.</summary>
internal sealed class LayerFinisher(RootedDirectory root, IFileOwnership ownership, uint implicitMode)
{
    private readonly EntryAttributes _attributes = new(ownership);
    private readonly List<OwnershipChange> _changes = [];

    public IReadOnlyList<OwnershipChange> Finish(PendingDirectory pending, CancellationToken cancellationToken)
    {
        // With a stack of its own: layers are as deep as paths are long.
        var stack = new Stack<(PendingDirectory Directory, byte[] Path, bool IsVisited)>();
        stack.Push((pending, [], false));
        while (stack.TryPop(out var next))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (next.IsVisited)
            {
                FinishDirectory(next.Directory, next.Path);
                continue;
            }
            stack.Push(next with { IsVisited = true });
            foreach ((string key, PendingDirectory child) in next.Directory.Directories)
            {
                byte[] name = PendingDirectory.NameOf(key);
                stack.Push((child, next.Path.Length == 0 ? name : [.. next.Path, (byte)'/', .. name], false));
            }
        }
        return _changes;
    }

    private void FinishDirectory(PendingDirectory directory, byte[] path)
    {
        _changes.AddRange(directory.Files);
        using RootedDirectory opened = root.OpenDirectory(path, PathResolution.NoSymbolicLinks | PathResolution.NoMountPoints);
        if (directory.Entry is { } entry)
        {
            if (_attributes.ApplyTo(opened, default, entry, FileType.Directory, path) is { } change)
            {
                _changes.Add(change);
            }
            return;
        }
        if (ownership.Mode == OwnershipMode.Direct)
        {
            opened.SetOwner(default, 0, 0);
        }
        opened.SetMode(default, implicitMode);
    }
}

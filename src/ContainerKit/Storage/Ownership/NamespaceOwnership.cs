using ContainerKit.Linux.Namespaces;
using ContainerKit.Linux.Paths;

namespace ContainerKit.Storage.Ownership;

/// <summary>An ordinary user with ranges of mapped ids: owners are set by a process inside the user namespace.</summary>
internal sealed class NamespaceOwnership(UserNamespace userNamespace, NamespaceFiles files) : IFileOwnership
{
    private const uint OwnerOnly = 0x1C0; // 0700

    /// <inheritdoc/>
    public OwnershipMode Mode => OwnershipMode.Deferred;

    /// <inheritdoc/>
    public OwnerView View => files.View;

    /// <inheritdoc/>
    public ValueTask<RootedDirectory> OpenAsync(string path, CancellationToken cancellationToken) => files.OpenAsync(path, cancellationToken);

    /// <inheritdoc/>
    public bool CanMap(uint uid, uint gid) => userNamespace.Map.Contains(uid, gid);

    /// <inheritdoc/>
    public async ValueTask ApplyAsync(string root, IReadOnlyList<OwnershipChange> changes, CancellationToken cancellationToken)
        => await userNamespace.ChangeOwnersAsync(root, [.. changes.Select(Convert)], cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask TakeAsync(string root, IReadOnlyList<byte[]> directories, CancellationToken cancellationToken)
        => await userNamespace.ChangeOwnersAsync(root, [.. directories.Select(d => new OwnerChange(d, 0, 0, OwnerOnly))], cancellationToken).ConfigureAwait(false);

    /// <summary>The ownership that fits a user namespace, or root where there is none.</summary>
    internal static IFileOwnership For(UserNamespace? userNamespace, NamespaceFiles? files) => (userNamespace, files) switch
    {
        (null, _) or (_, null) => new DirectOwnership(),
        ({ Map.IsSingle: true }, _) => new SquashedOwnership(files),
        _ => new NamespaceOwnership(userNamespace, files),
    };

    private static OwnerChange Convert(OwnershipChange change)
    {
        // Not by a conditional expression: its null would be converted from byte[], to an empty value that is then set.
        ReadOnlyMemory<byte>? capabilities = null;
        if (change.Capability is { Length: > 0 } bytes)
        {
            capabilities = bytes;
        }

        return new OwnerChange(change.Path, change.UserId, change.GroupId, change.Type == FileType.SymbolicLink ? null : change.Mode, capabilities);
    }
}

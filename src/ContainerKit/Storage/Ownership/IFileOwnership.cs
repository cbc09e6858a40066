using ContainerKit.Linux.Paths;

namespace ContainerKit.Storage.Ownership;

/// <summary>How the owners of a layer's files become owners on disk: the engine's user need not be root, and then only a user namespace can do it.</summary>
internal interface IFileOwnership
{
    /// <summary>When and whether owners are set.</summary>
    OwnershipMode Mode { get; }

    /// <summary>What the owners of files that were set by this are inside a container.</summary>
    OwnerView View { get; }

    /// <summary>Opens a directory with all rights over files of these owners.</summary>
    /// <returns>The directory, owned by the caller.</returns>
    ValueTask<RootedDirectory> OpenAsync(string path, CancellationToken cancellationToken);

    /// <summary>True when files of these ids can exist here.</summary>
    bool CanMap(uint uid, uint gid);

    /// <summary>Sets owners, and then modes and capabilities, of files that the unpacker has left to the engine's user (who is uid 0 inside).</summary>
    /// <param name="root">Host path of the layer's root.</param>
    /// <param name="changes">What to set, in order: children come before their directories. Applying a change twice does no harm.</param>
    /// <param name="cancellationToken">Stops; the tree is thrown away then.</param>
    /// <remarks>Paths are resolved without following links: their directories are real ones, or the change fails.</remarks>
    ValueTask ApplyAsync(string root, IReadOnlyList<OwnershipChange> changes, CancellationToken cancellationToken);

    /// <summary>Makes directories, or whole trees below them, the engine's user's, so that they can be removed.</summary>
    /// <param name="root">Host path of a tree.</param>
    /// <param name="directories">Paths below it, empty for the tree itself; not through links.</param>
    /// <param name="cancellationToken">Stops.</param>
    ValueTask TakeAsync(string root, IReadOnlyList<byte[]> directories, CancellationToken cancellationToken);
}

/// <summary>When owners are set.</summary>
internal enum OwnershipMode
{
    /// <summary>At once, by the unpacker: it is root.</summary>
    Direct,

    /// <summary>Never: everything belongs to the engine's user.</summary>
    Squash,

    /// <summary>At the end, by <see cref="IFileOwnership.ApplyAsync"/>.</summary>
    Deferred,
}

using ContainerKit.Linux.Paths;

namespace ContainerKit.Storage.Ownership;

/// <summary>An ordinary user with a single mapped id: every file becomes the user's, which is root's inside the container.</summary>
/// <param name="files">Reaches files that not even their owner has a right to; null for what the engine made itself.</param>
internal sealed class SquashedOwnership(NamespaceFiles? files = null) : IFileOwnership
{
    /// <inheritdoc/>
    public OwnershipMode Mode => OwnershipMode.Squash;

    /// <inheritdoc/>
    public OwnerView View { get; } = files?.View ?? new OwnerView(null);

    /// <inheritdoc/>
    public ValueTask<RootedDirectory> OpenAsync(string path, CancellationToken cancellationToken)
        => files?.OpenAsync(path, cancellationToken) ?? ValueTask.FromResult(RootedDirectory.Open(path));

    /// <inheritdoc/>
    public bool CanMap(uint uid, uint gid) => true;

    /// <inheritdoc/>
    public ValueTask ApplyAsync(string root, IReadOnlyList<OwnershipChange> changes, CancellationToken cancellationToken)
        => throw new InvalidOperationException("There are no owners to set when all files are the user's.");

    /// <inheritdoc/>
    public ValueTask TakeAsync(string root, IReadOnlyList<byte[]> directories, CancellationToken cancellationToken)
        => ValueTask.CompletedTask;
}

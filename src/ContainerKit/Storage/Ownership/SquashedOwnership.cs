namespace ContainerKit.Storage.Ownership;

/// <summary>An ordinary user with a single mapped id: every file becomes the user's, which is root's inside the container.</summary>
internal sealed class SquashedOwnership : IFileOwnership
{
    /// <inheritdoc/>
    public OwnershipMode Mode => OwnershipMode.Squash;

    /// <inheritdoc/>
    public bool CanMap(uint uid, uint gid) => true;

    /// <inheritdoc/>
    public ValueTask ApplyAsync(string root, IReadOnlyList<OwnershipChange> changes, CancellationToken cancellationToken)
        => throw new InvalidOperationException("There are no owners to set when all files are the user's.");

    /// <inheritdoc/>
    public ValueTask TakeAsync(string root, IReadOnlyList<byte[]> directories, CancellationToken cancellationToken)
        => ValueTask.CompletedTask;
}

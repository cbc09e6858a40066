using ContainerKit.Linux.Paths;

namespace ContainerKit.Storage.Ownership;

/// <summary>Root's way: the unpacker sets every owner itself.</summary>
internal sealed class DirectOwnership : IFileOwnership
{
    /// <inheritdoc/>
    public OwnershipMode Mode => OwnershipMode.Direct;

    /// <inheritdoc/>
    public OwnerView View { get; } = new(null);

    /// <inheritdoc/>
    public ValueTask<RootedDirectory> OpenAsync(string path, CancellationToken cancellationToken) => ValueTask.FromResult(RootedDirectory.Open(path));

    /// <inheritdoc/>
    public bool CanMap(uint uid, uint gid) => true;

    /// <inheritdoc/>
    public ValueTask ApplyAsync(string root, IReadOnlyList<OwnershipChange> changes, CancellationToken cancellationToken)
        => throw new InvalidOperationException("Nothing is deferred when the unpacker sets owners.");

    /// <inheritdoc/>
    public ValueTask TakeAsync(string root, IReadOnlyList<byte[]> directories, CancellationToken cancellationToken)
        => ValueTask.CompletedTask;
}

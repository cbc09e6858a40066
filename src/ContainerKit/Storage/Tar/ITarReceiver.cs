namespace ContainerKit.Storage.Tar;

/// <summary>Who gets the entries of a tree in the order of an archive: an archive, or another tree without one in between.</summary>
internal interface ITarReceiver
{
    /// <summary>Takes an entry.</summary>
    /// <param name="entry">The entry; its size and extents are those of the content.</param>
    /// <param name="content">What a regular file holds, read before this returns; null for everything else and for an empty file.</param>
    /// <param name="cancellationToken">Stops.</param>
    ValueTask AddAsync(TarEntry entry, ITarContent? content, CancellationToken cancellationToken);
}

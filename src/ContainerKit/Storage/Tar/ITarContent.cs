namespace ContainerKit.Storage.Tar;

/// <summary>What a regular file holds, piece by piece.</summary>
internal interface ITarContent
{
    /// <summary>The next piece, valid until the next call, or null when there is no more. Holes of a sparse file are left out.</summary>
    ValueTask<TarData?> ReadDataAsync(CancellationToken cancellationToken);
}

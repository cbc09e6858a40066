namespace ContainerKit.Images;

/// <summary>The containers of the data root, as far as images have to know of them.</summary>
internal interface IImageUsers
{
    /// <summary>All containers, those of other engine processes included.</summary>
    ValueTask<IReadOnlyList<ImageUser>> ListAsync(CancellationToken cancellationToken);
}

/// <summary>A container that uses an image.</summary>
/// <param name="Id">The container's id.</param>
/// <param name="Name">The container's name.</param>
/// <param name="ImageId">The image's id, with the algorithm.</param>
/// <param name="Runs">True: it runs, is paused or about to be restarted.</param>
internal sealed record ImageUser(string Id, string Name, string ImageId, bool Runs);

using ContainerKit.Images;

namespace ContainerKit.Containers;

/// <summary>Where containers get their images from.</summary>
internal interface IContainerImages
{
    /// <summary>Finds a present image by name or id.</summary>
    /// <exception cref="NotFoundException">There is no such image.</exception>
    ValueTask<ContainerImage> ResolveAsync(string reference, CancellationToken cancellationToken);

    /// <summary>Keeps the image's layers for as long as the container's directory exists, whatever happens to the image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="containerDirectory">The container's directory.</param>
    /// <param name="durable">False: the container does not outlive a crash of the machine.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="NotFoundException">The image was removed a moment ago.</exception>
    ValueTask LeaseAsync(ContainerImage image, string containerDirectory, bool durable, CancellationToken cancellationToken);

    /// <summary>A container is gone: frees layers that nothing but it needed.</summary>
    ValueTask ReleaseAsync(CancellationToken cancellationToken);

    /// <summary>Makes an image of an image and a layer.</summary>
    /// <exception cref="NotFoundException">The image below was removed.</exception>
    Task<Image> CommitAsync(ImageCommit commit, CancellationToken cancellationToken);
}

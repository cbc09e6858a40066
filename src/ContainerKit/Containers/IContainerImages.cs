namespace ContainerKit.Containers;

/// <summary>Where containers get their images from.</summary>
internal interface IContainerImages
{
    /// <summary>Finds a present image by name or id.</summary>
    /// <exception cref="NotFoundException">There is no such image.</exception>
    ValueTask<ContainerImage> ResolveAsync(string reference, CancellationToken cancellationToken);
}

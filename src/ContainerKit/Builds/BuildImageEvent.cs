namespace ContainerKit;

/// <summary>The image is there.</summary>
/// <param name="Image">The image, with its names.</param>
/// <param name="IsCached">True: an earlier build made the same.</param>
public sealed record BuildImageEvent(Image Image, bool IsCached) : BuildEvent;

namespace ContainerKit;

/// <summary>A base image is being pulled.</summary>
/// <param name="Reference">The image.</param>
/// <param name="Progress">How a layer of it comes along.</param>
public sealed record BuildPullEvent(string Reference, ImageTransferProgress Progress) : BuildEvent;

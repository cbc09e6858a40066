using ContainerKit.Oci;

namespace ContainerKit;

/// <summary>An image as a registry has it; nothing of it is here.</summary>
/// <param name="Reference">The name that was asked for.</param>
/// <param name="Descriptor">Digest, size and media type of its manifest; for an image of several platforms of the index.</param>
/// <param name="Platforms">What there is an image for. Empty where the registry does not say.</param>
public sealed record RemoteImage(ImageReference Reference, Descriptor Descriptor, IReadOnlyList<Platform> Platforms);

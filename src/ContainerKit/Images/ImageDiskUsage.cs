namespace ContainerKit;

/// <summary>What an image takes of the disk, in bytes of the files of its layers.</summary>
/// <param name="Image">The image, whose <see cref="Image.Size"/> is the sum of the two.</param>
/// <param name="SharedSize">Layers that other images have as well.</param>
/// <param name="UniqueSize">Layers that only this image has: what removing it would free, apart from its blobs.</param>
/// <param name="Containers">How many containers were made of it.</param>
public sealed record ImageDiskUsage(Image Image, long SharedSize, long UniqueSize, int Containers);

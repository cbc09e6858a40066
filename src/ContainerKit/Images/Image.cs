namespace ContainerKit;

/// <summary>An image of an engine.</summary>
public sealed class Image
{
    internal Image(string id) => Id = id;

    /// <summary>What identifies the image, such as the digest of its configuration.</summary>
    public string Id { get; }
}

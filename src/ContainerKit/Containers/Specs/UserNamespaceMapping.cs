namespace ContainerKit;

/// <summary>
/// A range of the host's user and group ids that a container's ids stand for, from 0 on; user_namespaces(7). Root inside is then an ordinary
/// id outside. Files of images and of the container keep the owners that the container sees; what is bound from the host keeps the host's.
/// </summary>
/// <param name="HostStart">The host's id of root inside; at least 1. As a rule a range that nobody else uses.</param>
/// <param name="Count">How many ids exist inside. Default 65536.</param>
public sealed record UserNamespaceMapping(uint HostStart, uint Count = UserNamespaceMapping.DefaultCount)
{
    /// <summary>Every id of 16 bits.</summary>
    public const uint DefaultCount = 65536;
}

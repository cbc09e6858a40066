namespace ContainerKit.RegistryServer.Tests.Robustness;

/// <summary>What a registry has promised. Safe for concurrent use.</summary>
internal sealed class AcknowledgedTags
{
    private readonly Dictionary<string, string?> _tags = new(StringComparer.Ordinal);

    /// <summary>The tags, and what they lead to: null for what was deleted.</summary>
    public (string Tag, string? Digest)[] Read()
    {
        lock (_tags)
            return [.. _tags.Select(each => (each.Key, each.Value))];
    }

    public void Set(string tag, string? digest)
    {
        lock (_tags)
            _tags[tag] = digest;
    }

    /// <summary>A deletion has begun: the tag may be there or not.</summary>
    public void Forget(string tag)
    {
        lock (_tags)
            _tags.Remove(tag);
    }
}

namespace ContainerKit.Compose.Yaml;

/// <summary>What a node does to the one of an earlier file, besides being merged with it.</summary>
internal enum YamlTag
{
    None,

    /// <summary><c>!reset</c>: the key has no value any more.</summary>
    Reset,

    /// <summary><c>!override</c>: replaces instead of being merged.</summary>
    Override,
}

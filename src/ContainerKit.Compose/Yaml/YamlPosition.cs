namespace ContainerKit.Compose.Yaml;

/// <summary>Where a node was written.</summary>
internal readonly record struct YamlPosition(string File, int Line)
{
    public ComposeFileException Error(string key, string reason, Exception? inner = null) => new(File, Line, key, reason, inner);
}

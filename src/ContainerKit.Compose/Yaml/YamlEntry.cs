namespace ContainerKit.Compose.Yaml;

/// <summary>A value of a mapping.</summary>
/// <param name="Key">Where its key was written.</param>
/// <param name="Value">The value.</param>
internal readonly record struct YamlEntry(YamlPosition Key, YamlNode Value);

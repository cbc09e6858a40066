namespace ContainerKit.Compose.Yaml;

/// <summary>An immutable node that knows where it was written. Aliases share nodes, so what counts for limits is the size as if they did not.</summary>
internal abstract class YamlNode(YamlPosition position, YamlTag tag)
{
    public YamlPosition Position { get; } = position;

    public YamlTag Tag { get; } = tag;

    /// <summary>Nodes below and including this one, shared ones as often as they are used.</summary>
    public abstract long Weight { get; }

    /// <summary>Levels below and including this one.</summary>
    public abstract int Depth { get; }

    /// <summary>For messages: what it is.</summary>
    public abstract string Kind { get; }

    public virtual bool IsNull => false;

    public static YamlScalar Scalar(string text, YamlPosition position) => new(text, isPlain: false, position);
}

namespace ContainerKit.Compose.Yaml;

/// <summary>A text, number, flag or null: which of them is for the reader to say.</summary>
internal sealed class YamlScalar(string text, bool isPlain, YamlPosition position, YamlTag tag = YamlTag.None) : YamlNode(position, tag)
{
    public string Text { get; } = text;

    /// <summary>False for a quoted or block scalar, which is a text whatever it looks like.</summary>
    public bool IsPlain { get; } = isPlain;

    public override long Weight => 1;

    public override int Depth => 1;

    public override string Kind => IsNull ? "nothing" : $"'{Text}'";

    public override bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";

    public YamlScalar WithText(string text) => text == Text ? this : new YamlScalar(text, isPlain: false, Position, Tag);
}

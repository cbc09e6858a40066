namespace ContainerKit.Compose.Yaml;

/// <summary>A list.</summary>
internal sealed class YamlSequence : YamlNode
{
    public YamlSequence(IEnumerable<YamlNode> items, YamlPosition position, YamlTag tag = YamlTag.None)
        : base(position, tag)
    {
        Items = [.. items];
        Weight = YamlMapping.Add(1, Items);
        Depth = 1 + Items.Select(item => item.Depth).DefaultIfEmpty().Max();
    }

    public IReadOnlyList<YamlNode> Items { get; }

    public override long Weight { get; }

    public override int Depth { get; }

    public override string Kind => "a list";

    public YamlSequence Select(Func<YamlNode, YamlNode> change) => new(Items.Select(change), Position, Tag);
}

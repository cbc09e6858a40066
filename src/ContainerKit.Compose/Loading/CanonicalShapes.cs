using ContainerKit.Compose.Yaml;

namespace ContainerKit.Compose.Loading;

/// <summary>The shapes that many keys have: lists that may be one text, mappings that may be lists of <c>name=value</c>.</summary>
internal static class CanonicalShapes
{
    public static YamlMapping Mapping(YamlNode node, string path)
        => node as YamlMapping ?? (node.IsNull ? YamlMapping.Empty(node.Position) : throw node.Position.Error(path, $"a mapping was expected, not {node.Kind}"));

    public static YamlSequence Sequence(YamlNode node, string path)
        => node as YamlSequence ?? throw node.Position.Error(path, $"a list was expected, not {node.Kind}");

    public static YamlScalar Scalar(YamlNode node, string path)
        => node is YamlScalar { IsNull: false } scalar ? scalar : throw node.Position.Error(path, $"a text was expected, not {node.Kind}");

    /// <summary>One text becomes a list of one.</summary>
    public static YamlNode List(YamlNode node, string path) => node switch
    {
        YamlSequence => node,
        { IsNull: true } => node,
        _ => new YamlSequence([Scalar(node, path)], node.Position, node.Tag),
    };

    /// <summary>A list of <c>name=value</c> becomes a mapping; what has no value becomes null, or empty.</summary>
    public static YamlNode Pairs(YamlNode node, string path, bool keepNull = false)
    {
        switch (node)
        {
            case YamlSequence sequence:
                return new YamlMapping(
                    sequence.Items.Select((item, index) =>
                    {
                        YamlScalar scalar = Scalar(item, $"{path}[{index}]");
                        int equals = scalar.Text.IndexOf('=', StringComparison.Ordinal);
                        return equals < 0
                            ? KeyValuePair.Create(scalar.Text, new YamlEntry(scalar.Position, Missing(scalar, keepNull)))
                            : KeyValuePair.Create(scalar.Text[..equals], new YamlEntry(scalar.Position, YamlNode.Scalar(scalar.Text[(equals + 1)..], scalar.Position)));
                    }),
                    sequence.Position,
                    sequence.Tag);
            case { IsNull: true }:
                return node;
            default:
                return Mapping(node, path).Select((key, value) => value switch
                {
                    YamlScalar { IsNull: true } scalar => scalar.Tag == YamlTag.None ? Missing(scalar, keepNull) : scalar,
                    YamlScalar => value,
                    _ => throw value.Position.Error($"{path}.{key}", $"a text was expected, not {value.Kind}"),
                });
        }
    }

    /// <summary>A list of names becomes a mapping with the same value for each.</summary>
    public static YamlNode Names(YamlNode node, string path, Func<YamlPosition, YamlNode> value) => node switch
    {
        YamlSequence sequence => new YamlMapping(
            sequence.Items.Select((item, index) => KeyValuePair.Create(Scalar(item, $"{path}[{index}]").Text, new YamlEntry(item.Position, value(item.Position)))), sequence.Position, sequence.Tag),
        { IsNull: true } => node,
        _ => Mapping(node, path),
    };

    /// <summary>Changes every item of a list; one may become several.</summary>
    public static YamlNode Items(YamlNode node, string path, Func<YamlNode, string, IEnumerable<YamlNode>> change)
        => node.IsNull ? node : new YamlSequence(Sequence(node, path).Items.SelectMany((item, index) => change(item, $"{path}[{index}]")), node.Position, node.Tag);

    public static YamlScalar Null(YamlPosition position) => new("", isPlain: true, position);

    private static YamlScalar Missing(YamlScalar at, bool keepNull) => keepNull ? Null(at.Position) : YamlNode.Scalar("", at.Position);
}

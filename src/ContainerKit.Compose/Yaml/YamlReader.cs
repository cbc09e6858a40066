using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ContainerKit.Compose.Yaml;

/// <summary>
/// Reads one YAML document into nodes: anchors, aliases, merge keys, and the tags of Compose. Files are hostile: size, depth and the number of nodes
/// after aliases are bounded, keys are texts and occur once.
/// </summary>
internal sealed class YamlReader
{
    public const int MaximumLength = 4 << 20;
    private const int MaximumDepth = 64;
    private const int MaximumNodes = 200_000;
    private const string MergeKey = "<<";

    private readonly string _file;
    private readonly Parser _parser;
    private readonly Dictionary<string, YamlNode> _anchors = new(StringComparer.Ordinal);
    private int _nodes;

    private YamlReader(string file, string text)
    {
        _file = file;
        _parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
    }

    /// <summary>The root of the document; an empty mapping for an empty document.</summary>
    /// <exception cref="ComposeFileException">It is no YAML, more than one document, or too much.</exception>
    public static YamlMapping Read(string file, string text)
    {
        var start = new YamlPosition(file, 1);
        if (text.Length > MaximumLength)
            throw new ComposeFileException(file, 0, "", $"the file has more than {MaximumLength >> 20} MiB");
        try
        {
            return new YamlReader(file, text).ReadDocument() switch
            {
                null => YamlMapping.Empty(start),
                YamlMapping mapping => mapping,
                { IsNull: true } => YamlMapping.Empty(start),
                { } other => throw other.Position.Error("", $"a mapping was expected at the top, not {other.Kind}"),
            };
        }
        catch (YamlException e)
        {
            throw new ComposeFileException(file, (int)e.Start.Line, "", $"this is no YAML: {e.InnerException?.Message ?? e.Message}", e);
        }
    }

    private YamlNode? ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _))
            return null;
        _parser.Consume<DocumentStart>();
        YamlNode root = ReadNode(1);
        _parser.Consume<DocumentEnd>();
        return _parser.TryConsume<StreamEnd>(out _) ? root : throw At(_parser.Current!).Error("", "there is more than one document in the file: put each into a file of its own");
    }

    private YamlNode ReadNode(int depth)
    {
        ParsingEvent current = _parser.Current ?? throw new YamlException("The document ends too early.");
        YamlPosition position = At(current);
        if (depth > MaximumDepth)
            throw position.Error("", $"values are nested more than {MaximumDepth} levels deep");
        if (++_nodes > MaximumNodes)
            throw TooMuch(position);
        if (current is AnchorAlias alias)
        {
            _parser.MoveNext();
            return Resolve(alias, depth, position);
        }

        YamlNode node = current switch
        {
            Scalar => ReadScalar(position),
            SequenceStart => ReadSequence(position, depth),
            MappingStart => ReadMapping(position, depth),
            _ => throw position.Error("", "this is no value"),
        };
        if (node.Weight > MaximumNodes)
            throw TooMuch(position);
        if (current is NodeEvent { Anchor.IsEmpty: false } anchored)
            _anchors[anchored.Anchor.Value] = node;
        return node;
    }

    private YamlNode Resolve(AnchorAlias alias, int depth, YamlPosition position)
    {
        // An anchor is known from its end on: a node can't contain itself.
        if (!_anchors.TryGetValue(alias.Value.Value, out YamlNode? target))
            throw position.Error("", $"there is no anchor '{alias.Value.Value}' before this place");
        return depth + target.Depth - 1 <= MaximumDepth ? target : throw position.Error("", $"values are nested more than {MaximumDepth} levels deep");
    }

    private YamlScalar ReadScalar(YamlPosition position)
    {
        Scalar scalar = _parser.Consume<Scalar>();
        YamlTag tag = TagOf(scalar, position);

        // !!str says that it is a text, whatever it looks like.
        bool isPlain = scalar.Style == ScalarStyle.Plain && (scalar.Tag.IsEmpty || !scalar.Tag.Value.EndsWith(":str", StringComparison.Ordinal));
        return new YamlScalar(scalar.Value, isPlain, position, tag);
    }

    private YamlSequence ReadSequence(YamlPosition position, int depth)
    {
        YamlTag tag = TagOf(_parser.Consume<SequenceStart>(), position);
        List<YamlNode> items = [];
        while (!_parser.TryConsume<SequenceEnd>(out _))
            items.Add(ReadNode(depth + 1));
        return new YamlSequence(items, position, tag);
    }

    private YamlMapping ReadMapping(YamlPosition position, int depth)
    {
        YamlTag tag = TagOf(_parser.Consume<MappingStart>(), position);
        OrderedDictionary<string, YamlEntry> entries = new(StringComparer.Ordinal);
        List<YamlMapping> merged = [];
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            YamlPosition place = At(_parser.Current!);
            if (_parser.Current is not Scalar)
                throw place.Error("", "a key has to be a text");
            YamlScalar key = ReadScalar(place);
            YamlNode value = ReadNode(depth + 1);
            if (key is { Text: MergeKey, IsPlain: true })
                merged.AddRange(Merged(value));
            else if (!entries.TryAdd(key.Text, new YamlEntry(place, value)))
                throw place.Error(key.Text, "the key is there twice");
        }

        // What is written here wins; of what is merged, the first.
        foreach ((string key, YamlEntry entry) in merged.SelectMany(mapping => mapping.Entries))
        {
            entries.TryAdd(key, entry);
            if (++_nodes > MaximumNodes)
                throw TooMuch(position);
        }

        return new YamlMapping(entries, position, tag);
    }

    private static IEnumerable<YamlMapping> Merged(YamlNode value) => value switch
    {
        YamlMapping mapping => [mapping],
        YamlSequence sequence => sequence.Items.Select(item => item as YamlMapping ?? throw item.Position.Error(MergeKey, $"a mapping was expected, not {item.Kind}")),
        _ => throw value.Position.Error(MergeKey, $"a mapping was expected, not {value.Kind}"),
    };

    private static YamlTag TagOf(NodeEvent node, YamlPosition position) => node.Tag.IsEmpty ? YamlTag.None : node.Tag.Value switch
    {
        "!reset" => YamlTag.Reset,
        "!override" => YamlTag.Override,
        "!" => YamlTag.None,
        "tag:yaml.org,2002:str" or "tag:yaml.org,2002:int" or "tag:yaml.org,2002:float" or "tag:yaml.org,2002:bool" or "tag:yaml.org,2002:null" or "tag:yaml.org,2002:map" or "tag:yaml.org,2002:seq" => YamlTag.None,
        string tag => throw position.Error("", $"the tag {tag} is not known: !reset and !override are"),
    };

    private static ComposeFileException TooMuch(YamlPosition position) => position.Error("", $"there are more than {MaximumNodes} values, with aliases counted as often as they are used");

    private YamlPosition At(ParsingEvent node) => new(_file, (int)node.Start.Line);
}

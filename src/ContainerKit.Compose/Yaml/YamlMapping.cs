namespace ContainerKit.Compose.Yaml;

/// <summary>Keys and values, in the order in which they were written.</summary>
internal sealed class YamlMapping : YamlNode
{
    private readonly OrderedDictionary<string, YamlEntry> _entries;

    public YamlMapping(IEnumerable<KeyValuePair<string, YamlEntry>> entries, YamlPosition position, YamlTag tag = YamlTag.None)
        : base(position, tag)
    {
        _entries = new OrderedDictionary<string, YamlEntry>(StringComparer.Ordinal);
        foreach ((string key, YamlEntry entry) in entries)
            _entries[key] = entry;
        Weight = Add(1 + _entries.Count, _entries.Values.Select(entry => entry.Value));
        Depth = 1 + _entries.Values.Select(entry => entry.Value.Depth).DefaultIfEmpty().Max();
    }

    public IReadOnlyDictionary<string, YamlEntry> Entries => _entries;

    public IEnumerable<string> Keys => _entries.Keys;

    public override long Weight { get; }

    public override int Depth { get; }

    public override string Kind => "a mapping";

    public static YamlMapping Empty(YamlPosition position) => new([], position);

    public static YamlMapping Of(YamlPosition position, params IEnumerable<(string Key, YamlNode? Value)> entries)
        => new(entries.Where(entry => entry.Value is not null).Select(entry => KeyValuePair.Create(entry.Key, new YamlEntry(position, entry.Value!))), position);

    /// <summary>The value; null when there is none. A null that was written is a value.</summary>
    public YamlNode? Find(string key) => _entries.TryGetValue(key, out YamlEntry entry) ? entry.Value : null;

    public YamlMapping With(string key, YamlNode value)
        => new(_entries.ContainsKey(key)
            ? _entries.Select(entry => entry.Key == key ? KeyValuePair.Create(key, entry.Value with { Value = value }) : entry)
            : _entries.Append(KeyValuePair.Create(key, new YamlEntry(value.Position, value))), Position, Tag);

    public YamlMapping Without(string key) => _entries.ContainsKey(key) ? new(_entries.Where(entry => entry.Key != key), Position, Tag) : this;

    /// <summary>Changes every value.</summary>
    public YamlMapping Select(Func<string, YamlNode, YamlNode> change)
        => new(_entries.Select(entry => KeyValuePair.Create(entry.Key, entry.Value with { Value = change(entry.Key, entry.Value.Value) })), Position, Tag);

    /// <summary>Changes one value where it is there.</summary>
    public YamlMapping Change(string key, Func<YamlNode, YamlNode> change) => Find(key) is { } value ? With(key, change(value)) : this;

    internal static long Add(long own, IEnumerable<YamlNode> nodes)
    {
        // Aliases of aliases double what is below them every time: saturate.
        foreach (YamlNode node in nodes)
            own = Math.Min(own + node.Weight, int.MaxValue);
        return own;
    }
}

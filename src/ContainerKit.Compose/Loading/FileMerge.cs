using ContainerKit.Compose.Yaml;

namespace ContainerKit.Compose.Loading;

/// <summary>
/// Puts a later file over an earlier one, in canonical form: mappings key by key, lists one after the other, with what means the same thing in both
/// replaced. Commands are replaced as a whole.
/// </summary>
internal static class FileMerge
{
    public static YamlMapping Apply(YamlMapping lower, YamlMapping upper)
    {
        OrderedDictionary<string, YamlEntry> result = new(lower.Entries, StringComparer.Ordinal);
        foreach ((string key, YamlEntry entry) in upper.Entries)
        {
            YamlNode value = entry.Value;
            if (value.Tag == YamlTag.Reset)
                result.Remove(key);
            else if (!result.TryGetValue(key, out YamlEntry below) || value.Tag == YamlTag.Override)
                result[key] = entry with { Value = WithoutResets(value) };
            else
                result[key] = below with { Value = Merge(key, below.Value, value) };
        }

        return new YamlMapping(result, upper.Position);
    }

    private static YamlNode Merge(string key, YamlNode lower, YamlNode upper) => (lower, upper) switch
    {
        (YamlMapping below, YamlMapping above) => Apply(below, above),
        (YamlSequence, YamlSequence) when key is "command" or "entrypoint" or "test" => upper,
        (YamlSequence below, YamlSequence above) => Join(key, below, above),
        (YamlMapping or YamlSequence, { IsNull: true }) => lower,
        _ => WithoutResets(upper),
    };

    private static YamlSequence Join(string key, YamlSequence lower, YamlSequence upper)
    {
        HashSet<string> replaced = [.. upper.Items.Select(item => Identity(key, item)).OfType<string>()];
        return new YamlSequence([.. lower.Items.Where(item => Identity(key, item) is not string identity || !replaced.Contains(identity)), .. upper.Items.Select(WithoutResets)], upper.Position);
    }

    /// <summary>What makes two items of a list the same thing; null where nothing does.</summary>
    private static string? Identity(string key, YamlNode item) => (key, item) switch
    {
        (_, YamlScalar scalar) => scalar.Text,
        ("ports", YamlMapping port) => $"{Text(port, "host_ip")} {Text(port, "target")} {Text(port, "published")} {Text(port, "protocol") ?? "tcp"}",
        ("volumes" or "devices", YamlMapping mount) => Text(mount, "target"),
        ("secrets" or "configs", YamlMapping grant) => Text(grant, "target") ?? Text(grant, "source"),
        ("env_file", YamlMapping file) => Text(file, "path"),
        _ => null,
    };

    private static string? Text(YamlMapping mapping, string key) => (mapping.Find(key) as YamlScalar)?.Text;

    private static YamlNode WithoutResets(YamlNode node) => node switch
    {
        YamlMapping mapping => new YamlMapping(
            mapping.Entries.Where(entry => entry.Value.Value.Tag != YamlTag.Reset).Select(entry => KeyValuePair.Create(entry.Key, entry.Value with { Value = WithoutResets(entry.Value.Value) })), mapping.Position),
        YamlSequence sequence => new YamlSequence(sequence.Items.Where(item => item.Tag != YamlTag.Reset).Select(WithoutResets), sequence.Position),
        _ => node,
    };
}

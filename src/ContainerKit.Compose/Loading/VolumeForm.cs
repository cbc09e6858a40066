using ContainerKit.Compose.Yaml;

namespace ContainerKit.Compose.Loading;

/// <summary>The long form of a service's volume.</summary>
internal sealed class VolumeForm(ProjectPaths paths)
{
    public IEnumerable<YamlNode> Apply(YamlNode node, string path)
        => [node is YamlMapping mapping ? Resolve(mapping, path) : Parse(CanonicalShapes.Scalar(node, path), path)];

    private YamlMapping Resolve(YamlMapping volume, string path)
    {
        string type = volume.Find("type") is { } given ? CanonicalShapes.Scalar(given, $"{path}.type").Text : throw volume.Position.Error(path, "type is required: bind, volume or tmpfs");
        return type == "bind" && volume.Find("source") is { } source ? volume.With("source", YamlNode.Scalar(paths.Resolve(CanonicalShapes.Scalar(source, $"{path}.source").Text), source.Position)) : volume;
    }

    private YamlMapping Parse(YamlScalar text, string path)
    {
        string[] parts = text.Text.Split(':');
        (string? source, string target, string options) = parts switch
        {
            [{ Length: > 0 } only] => (null, only, ""),
            [{ Length: > 0 } first, { Length: > 0 } second] => (first, second, ""),
            [{ Length: > 0 } first, { Length: > 0 } second, var rest] => ((string?)first, second, rest),
            _ => throw text.Position.Error(path, $"'{text.Text}' is no volume: expected [SOURCE:]TARGET[:OPTIONS]"),
        };
        bool isBind = source is not null && ProjectPaths.IsPath(source);
        YamlMapping result = YamlMapping.Of(
            text.Position,
            ("type", Text(isBind ? "bind" : "volume")),
            ("source", source is null ? null : Text(isBind ? paths.Resolve(source) : source)),
            ("target", Text(target)));
        YamlMapping details = isBind ? YamlMapping.Of(text.Position, ("create_host_path", Text("true"))) : YamlMapping.Empty(text.Position);
        foreach (string option in options.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            switch (option)
            {
                case "ro":
                    result = result.With("read_only", Text("true"));
                    break;
                case "rw":
                    break;
                case "nocopy" when !isBind:
                    details = details.With("nocopy", Text("true"));
                    break;
                case "z" or "Z" when isBind:
                    details = details.With("selinux", Text(option));
                    break;
                case "private" or "rprivate" or "slave" or "rslave" or "shared" or "rshared" when isBind:
                    details = details.With("propagation", Text(option));
                    break;
                default:
                    throw text.Position.Error(path, $"'{option}' is no option of this volume: expected {(isBind ? "ro, rw, z, Z, [r]private, [r]slave or [r]shared" : "ro, rw or nocopy")}");
            }
        }

        return details.Entries.Count == 0 ? result : result.With(isBind ? "bind" : "volume", details);

        YamlScalar Text(string value) => YamlNode.Scalar(value, text.Position);
    }
}

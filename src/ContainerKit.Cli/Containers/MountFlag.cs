using ContainerKit.Cli.CommandLine;

namespace ContainerKit.Cli.Containers;

/// <summary><c>--mount type=bind,source=/a,target=/b,readonly</c>.</summary>
internal static class MountFlag
{
    public static ContainerSpec Add(CommandInvocation invocation, ContainerSpec spec, string text)
    {
        Dictionary<string, string> fields = new(StringComparer.Ordinal);
        foreach (string field in text.Split(','))
        {
            (string name, string value) = SpecReader.Pair(field);
            fields[name switch
            {
                "src" => "source",
                "dst" or "destination" => "target",
                "ro" => "readonly",
                _ => name,
            }] = value;
        }

        string type = Take("type") ?? "volume";
        string target = Take("target") ?? throw invocation.Invalid("mount", text, "target is required");
        string? source = Take("source");
        bool readOnly = Take("readonly") is "" or "true" or "1";
        spec = type switch
        {
            "bind" => spec.WithBind(new BindMount(source ?? throw invocation.Invalid("mount", text, "source is required"), target, readOnly) { CreateSource = false }),
            "volume" => spec.WithVolume(new VolumeMount(source, target, readOnly) { NoCopy = Take("volume-nocopy") is "" or "true" or "1" }),
            "tmpfs" => spec.WithTmpfs(TmpfsMount.Parse(target, string.Join(',', new[] { Option("tmpfs-size", "size"), Option("tmpfs-mode", "mode"), readOnly ? "ro" : null }.OfType<string>()))),
            _ => throw invocation.Invalid("mount", text, "type is bind, volume or tmpfs"),
        };
        return fields.Count == 0 ? spec : throw invocation.Invalid("mount", text, $"'{fields.Keys.First()}' is not known");

        string? Take(string name) => fields.Remove(name, out string? value) ? value : null;

        string? Option(string name, string option) => Take(name) is string value ? $"{option}={value}" : null;
    }
}

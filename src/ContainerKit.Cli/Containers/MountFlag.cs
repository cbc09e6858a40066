using ContainerKit.Cli.CommandLine;
using ContainerKit.DockerApi.Contracts;

namespace ContainerKit.Cli.Containers;

/// <summary><c>--mount type=bind,source=/a,target=/b,readonly</c>.</summary>
internal static class MountFlag
{
    public static MountBody Read(CommandInvocation invocation, string text)
    {
        List<(string Name, string Value)> fields = [.. text.Split(',').Select(FlagText.Pair)];
        string type = Take("type") ?? "volume";
        string? source = Take("source", "src");
        var mount = new MountBody
        {
            Type = type,
            Source = type == "bind" && source is not null ? Path.GetFullPath(source) : source,
            Target = Take("target", "dst", "destination") ?? throw invocation.Invalid("mount", text, "target is required"),
            ReadOnly = Flag("readonly", "ro"),
            Consistency = Take("consistency"),
        };
        mount = type switch
        {
            "bind" => mount with { BindOptions = ReadBind(invocation, text) },
            "volume" => mount with { VolumeOptions = ReadVolume() },
            "tmpfs" => mount with { TmpfsOptions = ReadTmpfs(invocation, text) },
            _ => throw invocation.Invalid("mount", text, "type is bind, volume or tmpfs"),
        };
        if (type == "bind" && source is null)
            throw invocation.Invalid("mount", text, "source is required");
        return fields.Count == 0 ? mount : throw invocation.Invalid("mount", text, $"unexpected key '{fields[0].Name}'");

        string? Take(params string[] names)
        {
            int index = fields.FindIndex(field => names.Contains(field.Name, StringComparer.OrdinalIgnoreCase));
            if (index < 0)
                return null;
            string value = fields[index].Value;
            fields.RemoveAt(index);
            return value;
        }

        bool Flag(params string[] names) => Take(names) is "" or "true" or "1";

        MountBody.BindOptionsBody? ReadBind(CommandInvocation invocation, string text)
        {
            string? recursive = Take("bind-recursive");
            if (recursive is not (null or "enabled" or "disabled" or "writable" or "readonly"))
                throw invocation.Invalid("mount", text, "bind-recursive is enabled, disabled, writable or readonly");
            var options = new MountBody.BindOptionsBody
            {
                Propagation = Take("bind-propagation"),
                NonRecursive = Flag("bind-nonrecursive") || recursive == "disabled",
                ReadOnlyNonRecursive = recursive == "writable",
                ReadOnlyForceRecursive = recursive == "readonly",
            };
            return options == new MountBody.BindOptionsBody() ? null : options;
        }

        MountBody.VolumeOptionsBody? ReadVolume()
        {
            bool noCopy = Flag("volume-nocopy");
            string? subpath = Take("volume-subpath");
            string? driver = Take("volume-driver");
            Dictionary<string, string> labels = TakeAll("volume-label");
            Dictionary<string, string> options = TakeAll("volume-opt");
            return !noCopy && subpath is null && driver is null && labels.Count == 0 && options.Count == 0 ? null : new MountBody.VolumeOptionsBody
            {
                NoCopy = noCopy,
                Subpath = subpath,
                Labels = labels.Count > 0 ? labels : null,
                DriverConfig = driver is null && options.Count == 0 ? null : new MountBody.DriverBody { Name = driver ?? "", Options = options },
            };
        }

        MountBody.TmpfsOptionsBody? ReadTmpfs(CommandInvocation invocation, string text)
        {
            string? size = Take("tmpfs-size");
            string? mode = Take("tmpfs-mode");
            if (size is null && mode is null)
                return null;
            return new MountBody.TmpfsOptionsBody
            {
                SizeBytes = size is null ? 0 : ByteSize.TryParse(size, out ByteSize bytes) ? bytes.Bytes : throw invocation.Invalid("mount", text, "tmpfs-size is a size such as 64m"),
                Mode = mode is null ? 0 : ReadOctal(mode) ?? throw invocation.Invalid("mount", text, "tmpfs-mode is an octal number such as 1770"),
            };
        }

        Dictionary<string, string> TakeAll(string name)
        {
            Dictionary<string, string> values = new(StringComparer.Ordinal);
            while (Take(name) is string value)
                values[FlagText.Pair(value).Name] = FlagText.Pair(value).Value;
            return values;
        }
    }

    private static int? ReadOctal(string text)
        => text.Length is > 0 and < 8 && text.All(c => c is >= '0' and <= '7') ? Convert.ToInt32(text, 8) : null;
}

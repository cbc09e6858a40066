namespace ContainerKit.Compose.Services;

/// <summary>Volumes, binds, file systems in memory and devices.</summary>
internal sealed class FilesReader(ServiceContext context)
{
    public ContainerSpec Read(Section section, ContainerSpec spec, HashSet<string> shares)
    {
        foreach (Section mount in section.Each("volumes"))
            spec = ReadMount(mount, spec);
        foreach (string text in section.Texts("tmpfs"))
            spec = spec.WithTmpfs(section.Guard("tmpfs", () => text.Split(':', 2) is [var target, var options] ? TmpfsMount.Parse(target, options) : TmpfsMount.Parse(text, "")));
        foreach (string from in section.Texts("volumes_from"))
            spec = spec.WithVolumesFrom(ReadFrom(section, from, shares));
        foreach (Section device in section.Each("devices"))
        {
            string source = device.RequiredText("source");
            string target = device.Text("target") ?? source;
            string permissions = device.Text("permissions") ?? "rwm";
            device.End();
            spec = spec with { Devices = spec.Devices.Add(section.Guard("devices", () => DeviceMapping.Parse($"{source}:{target}:{permissions}"))) };
        }

        return section.Texts("device_cgroup_rules").Aggregate(spec, (result, rule) => result.WithDeviceRule(rule)) with { ReadOnlyRoot = section.Flag("read_only") };
    }

    private string ReadFrom(Section section, string text, HashSet<string> shares)
    {
        const string container = "container:";
        string[] parts = (text.StartsWith(container, StringComparison.Ordinal) ? text[container.Length..] : text).Split(':', 2);
        string mode = parts.Length == 2 ? $":{parts[1]}" : "";
        if (text.StartsWith(container, StringComparison.Ordinal))
            return parts[0] + mode;
        shares.Add(parts[0]);
        return (context.FirstContainers.GetValueOrDefault(parts[0]) ?? throw section.Error("volumes_from", $"there is no service '{parts[0]}'")) + mode;
    }

    private ContainerSpec ReadMount(Section section, ContainerSpec spec)
    {
        string type = section.RequiredText("type");
        string target = section.RequiredText("target");
        if (target[0] != '/')
            throw section.Error("target", $"'{target}' is not allowed: expected an absolute path");
        bool readOnly = section.Flag("read_only");

        // How writes are seen on the other side of a virtual machine: there is none.
        section.Accept("consistency");
        ContainerSpec result = type switch
        {
            "bind" => spec.WithBind(ReadBind(section, target, readOnly)),
            "volume" => spec.WithVolume(ReadVolume(section, target, readOnly)),
            "tmpfs" => spec.WithTmpfs(ReadTmpfs(section, target, readOnly)),
            _ => throw section.Error("type", $"'{type}' is not supported: expected bind, volume or tmpfs"),
        };
        section.End();
        return result;
    }

    private static BindMount ReadBind(Section section, string target, bool readOnly)
    {
        var mount = new BindMount(section.RequiredText("source"), target, readOnly) { CreateSource = true };
        if (section.Below("bind") is not { } options)
            return mount;

        // No SELinux: nothing to label.
        options.Accept("selinux");
        mount = mount with
        {
            CreateSource = options.OptionalFlag("create_host_path") ?? true,
            Propagation = options.Text("propagation") switch
            {
                null or "private" or "rprivate" => MountPropagation.Private,
                "slave" or "rslave" => MountPropagation.Slave,
                "shared" or "rshared" => MountPropagation.Shared,
                string other => throw options.Error("propagation", $"'{other}' is not allowed: expected [r]private, [r]slave or [r]shared"),
            },
        };
        mount = options.Text("recursive") switch
        {
            null or "enabled" => mount,
            "disabled" => mount with { NonRecursive = true },
            "writable" => mount with { ReadOnlyNonRecursive = true },
            "readonly" => mount,
            string other => throw options.Error("recursive", $"'{other}' is not allowed: expected enabled, disabled, writable or readonly"),
        };
        options.End();
        return mount;
    }

    private VolumeMount ReadVolume(Section section, string target, bool readOnly)
    {
        string? name = section.Text("source");
        if (name is not null)
            name = (context.Volumes.GetValueOrDefault(name) ?? throw section.Error("source", $"there is no volume '{name}': add it to the volumes of the file")).Name;
        var mount = new VolumeMount(name, target, readOnly);
        if (section.Below("volume") is { } options)
        {
            options.Refuse("a volume belongs to the project: give it labels there", "labels");
            mount = mount with { NoCopy = options.Flag("nocopy"), Subpath = options.Text("subpath") };
            options.End();
        }

        return mount;
    }

    private static TmpfsMount ReadTmpfs(Section section, string target, bool readOnly)
    {
        var mount = new TmpfsMount(target, ReadOnly: readOnly);
        if (section.Has("source"))
            throw section.Error("source", "a tmpfs has none");
        if (section.Below("tmpfs") is { } options)
        {
            mount = mount with { Size = options.Size("size") };
            if (options.Text("mode") is string mode)
                mount = mount with { Mode = GrantReader.Mode(options, "mode", mode) };
            options.End();
        }

        return mount;
    }
}

using ContainerKit.Compose.Yaml;

namespace ContainerKit.Compose.Loading;

/// <summary>
/// Writes every short form as the long one, and every path as an absolute one: files can then be merged key by key, and read in one way. What is
/// malformed is found here or by the readers; nothing is dropped.
/// </summary>
internal sealed class CanonicalForm(ProjectPaths paths)
{
    public YamlMapping Apply(YamlMapping root) => root
        .Change("services", services => Each(services, "services", Service))
        .Change("networks", networks => Each(networks, "networks", Labelled))
        .Change("volumes", volumes => Each(volumes, "volumes", Labelled))
        .Change("secrets", secrets => Each(secrets, "secrets", Source))
        .Change("configs", configs => Each(configs, "configs", Source));

    private static YamlMapping Each(YamlNode node, string path, Func<YamlMapping, string, YamlMapping> change)
        => CanonicalShapes.Mapping(node, path).Select((name, value) => value.Tag == YamlTag.Reset ? value : change(CanonicalShapes.Mapping(value, $"{path}.{name}"), $"{path}.{name}"));

    private static YamlMapping Labelled(YamlMapping resource, string path) => resource
        .Change("labels", labels => CanonicalShapes.Pairs(labels, $"{path}.labels"))
        .Change("driver_opts", options => CanonicalShapes.Pairs(options, $"{path}.driver_opts"));

    private YamlMapping Source(YamlMapping resource, string path) => Labelled(resource, path)
        .Change("file", file => Resolve(file, $"{path}.file"));

    private YamlMapping Service(YamlMapping service, string path)
    {
        foreach (string key in (string[])["environment"])
            service = service.Change(key, node => CanonicalShapes.Pairs(node, $"{path}.{key}", keepNull: true));
        foreach (string key in (string[])["labels", "annotations", "sysctls", "storage_opt"])
            service = service.Change(key, node => CanonicalShapes.Pairs(node, $"{path}.{key}"));
        foreach (string key in (string[])["dns", "dns_search", "tmpfs"])
            service = service.Change(key, node => CanonicalShapes.List(node, $"{path}.{key}"));
        foreach (string key in (string[])["command", "entrypoint"])
            service = service.Change(key, node => Command(node, $"{path}.{key}"));
        foreach (string key in (string[])["secrets", "configs"])
            service = service.Change(key, node => CanonicalShapes.Items(node, $"{path}.{key}", Grant));
        return service
            .Change("extends", node => Extends(node, $"{path}.extends"))
            .Change("build", node => Build(node, $"{path}.build"))
            .Change("env_file", node => CanonicalShapes.Items(OneOrMany(node), $"{path}.env_file", EnvironmentFile))
            .Change("label_file", node => CanonicalShapes.Items(CanonicalShapes.List(node, path), $"{path}.label_file", (item, at) => [Resolve(item, at)]))
            .Change("extra_hosts", node => Hosts(node, $"{path}.extra_hosts"))
            .Change("depends_on", node => Dependencies(node, $"{path}.depends_on"))
            .Change("networks", node => CanonicalShapes.Names(node, $"{path}.networks", CanonicalShapes.Null))
            .Change("ports", node => CanonicalShapes.Items(node, $"{path}.ports", PortForm.Apply))
            .Change("volumes", node => CanonicalShapes.Items(node, $"{path}.volumes", new VolumeForm(paths).Apply))
            .Change("devices", node => CanonicalShapes.Items(node, $"{path}.devices", Device))
            .Change("healthcheck", node => CanonicalShapes.Mapping(node, $"{path}.healthcheck").Change("test", test => Test(test, $"{path}.healthcheck.test")))
            .Change("deploy", node => CanonicalShapes.Mapping(node, $"{path}.deploy").Change("labels", labels => CanonicalShapes.Pairs(labels, $"{path}.deploy.labels")));
    }

    private YamlMapping Extends(YamlNode node, string path)
    {
        YamlMapping extends = node is YamlScalar { IsNull: false } scalar ? YamlMapping.Of(node.Position, ("service", scalar)) : CanonicalShapes.Mapping(node, path);
        return extends.Change("file", file => Resolve(file, $"{path}.file"));
    }

    private YamlMapping Build(YamlNode node, string path)
    {
        YamlMapping build = node is YamlScalar { IsNull: false } scalar ? YamlMapping.Of(node.Position, ("context", scalar)) : CanonicalShapes.Mapping(node, path);
        build = build
            .Change("context", context => Context(context, $"{path}.context"))
            .Change("args", args => CanonicalShapes.Pairs(args, $"{path}.args", keepNull: true))
            .Change("labels", labels => CanonicalShapes.Pairs(labels, $"{path}.labels"))
            .Change("extra_hosts", hosts => Hosts(hosts, $"{path}.extra_hosts"))
            .Change("secrets", secrets => CanonicalShapes.Items(secrets, $"{path}.secrets", Grant))
            .Change("ssh", ssh => CanonicalShapes.Pairs(ssh is YamlMapping ? ssh : OneOrMany(ssh), $"{path}.ssh"))
            .Change("additional_contexts", contexts => CanonicalShapes.Pairs(contexts, $"{path}.additional_contexts"))
            .Change("additional_contexts", contexts => contexts is YamlMapping named ? named.Select((name, value) => NamedContext(value, $"{path}.additional_contexts.{name}")) : contexts);
        return build.Find("context") is null && build.Find("dockerfile_inline") is null ? build.With("context", YamlNode.Scalar(paths.Directory, build.Position)) : build;
    }

    private YamlScalar Context(YamlNode node, string path)
    {
        YamlScalar scalar = CanonicalShapes.Scalar(node, path);
        return ProjectPaths.IsRemote(scalar.Text) ? scalar : scalar.WithText(paths.Resolve(scalar.Text));
    }

    private YamlScalar NamedContext(YamlNode node, string path)
    {
        YamlScalar scalar = CanonicalShapes.Scalar(node, path);
        return scalar.Text.Contains("://", StringComparison.Ordinal) ? scalar : Context(scalar, path);
    }

    private YamlScalar Resolve(YamlNode node, string path)
    {
        YamlScalar scalar = CanonicalShapes.Scalar(node, path);
        return scalar.WithText(paths.Resolve(scalar.Text));
    }

    private static YamlNode OneOrMany(YamlNode node) => node is YamlSequence || node.IsNull ? node : new YamlSequence([node], node.Position, node.Tag);

    private IEnumerable<YamlNode> EnvironmentFile(YamlNode node, string path)
        => node is YamlScalar ? [YamlMapping.Of(node.Position, ("path", Resolve(node, path)))] : [CanonicalShapes.Mapping(node, path).Change("path", file => Resolve(file, $"{path}.path"))];

    private static YamlNode Command(YamlNode node, string path)
    {
        if (node is not YamlScalar { IsNull: false } scalar)
            return node;
        try
        {
            return new YamlSequence(ShellWords.Split(scalar.Text).Select(word => YamlNode.Scalar(word, node.Position)), node.Position, node.Tag);
        }
        catch (FormatException e)
        {
            throw node.Position.Error(path, e.Message, e);
        }
    }

    private static YamlNode Test(YamlNode node, string path)
        => node is YamlSequence || node.IsNull ? node : new YamlSequence([YamlNode.Scalar("CMD-SHELL", node.Position), CanonicalShapes.Scalar(node, path)], node.Position, node.Tag);

    private static IEnumerable<YamlNode> Grant(YamlNode node, string path)
        => node is YamlScalar ? [YamlMapping.Of(node.Position, ("source", CanonicalShapes.Scalar(node, path)))] : [CanonicalShapes.Mapping(node, path)];

    private static YamlNode Dependencies(YamlNode node, string path)
    {
        YamlNode mapping = CanonicalShapes.Names(node, path, YamlMapping.Empty);
        return mapping is not YamlMapping dependencies ? mapping : dependencies.Select((name, value) =>
        {
            YamlMapping dependency = CanonicalShapes.Mapping(value, $"{path}.{name}");
            return dependency.Find("condition") is null ? dependency.With("condition", YamlNode.Scalar("service_started", value.Position)) : dependency;
        });
    }

    /// <summary>As <c>name=address</c>: addresses of IPv6 have colons themselves.</summary>
    private static YamlNode Hosts(YamlNode node, string path)
    {
        if (node is YamlMapping mapping)
        {
            return new YamlSequence(
                mapping.Entries.SelectMany(entry => ((CanonicalShapes.List(entry.Value.Value, $"{path}.{entry.Key}") as YamlSequence)?.Items ?? [])
                    .Select(address => YamlNode.Scalar($"{entry.Key}={CanonicalShapes.Scalar(address, $"{path}.{entry.Key}").Text}", address.Position))),
                node.Position,
                node.Tag);
        }

        return CanonicalShapes.Items(node, path, (item, at) =>
        {
            YamlScalar host = CanonicalShapes.Scalar(item, at);
            int separator = host.Text.AsSpan().IndexOfAny('=', ':');
            return separator > 0
                ? [YamlNode.Scalar($"{host.Text[..separator]}={host.Text[(separator + 1)..].Trim('[', ']')}", host.Position)]
                : throw host.Position.Error(at, $"'{host.Text}' is not allowed: expected NAME=ADDRESS");
        });
    }

    private static IEnumerable<YamlNode> Device(YamlNode node, string path)
    {
        if (node is YamlMapping)
            return [node];
        YamlScalar scalar = CanonicalShapes.Scalar(node, path);
        try
        {
            DeviceMapping device = DeviceMapping.Parse(scalar.Text);
            string permissions = string.Concat(new[] { (DevicePermissions.Read, "r"), (DevicePermissions.Write, "w"), (DevicePermissions.MakeNode, "m") }.Where(each => device.Permissions.HasFlag(each.Item1)).Select(each => each.Item2));
            return
            [
                YamlMapping.Of(
                    node.Position,
                    ("source", YamlNode.Scalar(device.HostPath, node.Position)),
                    ("target", YamlNode.Scalar(device.ContainerPath ?? device.HostPath, node.Position)),
                    ("permissions", YamlNode.Scalar(permissions, node.Position))),
            ];
        }
        catch (FormatException e)
        {
            throw scalar.Position.Error(path, e.Message, e);
        }
    }
}

using System.Collections.Immutable;
using ContainerKit.Compose.Loading;
using ContainerKit.Compose.Yaml;

namespace ContainerKit.Compose.Services;

/// <summary>Makes a service of its canonical form. The areas are read by readers of their own; here is what ties them together.</summary>
internal sealed class ServiceReader(ServiceContext context)
{
    private const string OfService = "service:";

    /// <summary>What does not tell one form of a container from another.</summary>
    private static readonly string[] NotOfContainers = ["build", "depends_on", "profiles", "pull_policy", "scale", "attach", "develop"];

    public async Task<ComposeService> ReadAsync(string name, Section section, CancellationToken cancellationToken)
    {
        section.Refuse("it is about another container engine or a cluster", "credential_spec", "isolation", "cpu_count", "cpu_percent", "runtime", "provider", "models", "use_api_socket");
        section.Refuse("devices of graphics cards need a runtime of their vendor: map them by devices", "gpus");
        section.Refuse("run the command by depends_on, in a service of its own", "post_start", "pre_stop");
        section.Refuse("the engine chooses the cgroup", "cgroup_parent");
        section.Refuse("layers have no quota", "storage_opt");
        section.Refuse("a namespace of its own is what containers of ordinary users have; as root, leave it out", "userns_mode");

        // What an editor does with the files, and no container.
        section.Accept("develop");
        string? image = section.Text("image");
        BuildSpec? build = section.Below("build") is { } buildSection ? new BuildReader(context).Read(buildSection, image ?? $"{context.Project}-{name}") : null;
        if (image is null && build is null)
            throw section.Error("", "image or build is required");
        var dependencies = new Dictionary<string, ComposeDependency>(StringComparer.Ordinal);
        foreach ((string other, Section condition) in section.Named("depends_on"))
            dependencies[other] = ReadDependency(other, condition);

        HashSet<string> shares = [];
        ContainerSpec spec = ContainerSpec.FromImage(image ?? $"{context.Project}-{name}");
        spec = ProcessReader.Read(section, spec);
        spec = await ReadEnvironmentAsync(section, spec, cancellationToken).ConfigureAwait(false);
        spec = new FilesReader(context).Read(section, spec, shares);
        spec = IsolationReader.Read(section, spec, mode => ReadNamespace(mode, shares));
        spec = new NetworkReader(context, name).Read(section, spec, shares, dependencies);
        spec = ResourceReader.Read(section, spec);
        (spec, int? replicas) = DeployReader.Read(section, spec);
        foreach (string shared in shares)
            dependencies.TryAdd(shared, new ComposeDependency(shared, ComposeCondition.Started));
        foreach (string other in dependencies.Keys.Where(other => !context.FirstContainers.ContainsKey(other)))
            throw section.Error("depends_on", $"there is no service '{other}'");
        int count = (int?)section.Number("scale", 0, 1000) ?? replicas ?? 1;
        string? containerName = section.Text("container_name");
        if (containerName is not null && count > 1)
            throw section.Error("container_name", $"{count} containers can't have the same name: remove it, or scale");

        ImmutableArray<GrantedFile> granted = new GrantReader(context).Read(section);
        spec = granted.Where(file => file.IsBind).Aggregate(spec, (result, file) => result.WithBind(new BindMount(file.Path!, file.Target, ReadOnly: true)));
        ImmutableArray<GrantedFile> files = [.. granted.Where(file => !file.IsBind)];
        var service = new ComposeService(name, section.Mapping.Position)
        {
            Spec = spec,
            Build = build,
            HasOwnImageName = image is not null,
            Replicas = count,
            Profiles = section.Texts("profiles"),
            Dependencies = [.. dependencies.Values],
            ContainerName = containerName,
            ImagePolicy = ReadPolicy(section, build is not null),
            Platform = section.Parse("platform", Oci.Platform.Parse),
            Shares = [.. shares],
            Files = files,
            IsAttached = section.OptionalFlag("attach") ?? true,
            Hash = Hash(section.Mapping, spec, files),
        };
        section.End();
        return service;
    }

    private static ComposeDependency ReadDependency(string name, Section section)
    {
        var result = new ComposeDependency(name, section.Text("condition") switch
        {
            null or "service_started" => ComposeCondition.Started,
            "service_healthy" => ComposeCondition.Healthy,
            "service_completed_successfully" => ComposeCondition.Completed,
            string other => throw section.Error("condition", $"'{other}' is not allowed: expected service_started, service_healthy or service_completed_successfully"),
        })
        {
            IsRequired = section.OptionalFlag("required") ?? true,
            Restarts = section.Flag("restart"),
        };
        section.End();
        return result;
    }

    private static ImagePolicy ReadPolicy(Section section, bool isBuilt) => section.Text("pull_policy") switch
    {
        null or "missing" or "if_not_present" => ImagePolicy.Missing,
        "always" => ImagePolicy.Always,
        "never" => ImagePolicy.Never,
        "build" => isBuilt ? ImagePolicy.Build : throw section.Error("pull_policy", "there is nothing to build"),
        string other => throw section.Error("pull_policy", $"'{other}' is not allowed: expected always, missing, never or build"),
    };

    /// <summary>Files first, then what the service itself says.</summary>
    private async Task<ContainerSpec> ReadEnvironmentAsync(Section section, ContainerSpec spec, CancellationToken cancellationToken)
    {
        foreach (Section file in section.Each("env_file"))
        {
            string path = file.RequiredText("path");
            bool isRequired = file.OptionalFlag("required") ?? true;
            bool isRaw = file.Text("format") switch
            {
                null => false,
                "raw" => true,
                string other => throw file.Error("format", $"'{other}' is not allowed: expected raw"),
            };
            file.End();
            if (!isRequired && !File.Exists(path))
                continue;
            string text = await ComposeFiles.ReadAsync(path, file.Mapping.Position, file.At("path"), cancellationToken).ConfigureAwait(false);
            foreach ((string name, string value) in isRaw ? EnvironmentFile.ReadRaw(text) : EnvironmentFile.Read(path, text, context.Environment))
                spec = spec.WithEnvironment(name, value);
        }

        foreach ((string name, string? value) in section.Pairs("environment"))
        {
            if ((value ?? context.Environment.Find(name)) is string known)
                spec = section.Guard("environment", () => spec.WithEnvironment(name, known));
        }

        foreach (string file in section.Texts("label_file"))
        {
            string text = await ComposeFiles.ReadAsync(file, section.Mapping.Position, section.At("label_file"), cancellationToken).ConfigureAwait(false);
            spec = EnvironmentFile.ReadRaw(text).Aggregate(spec, (result, label) => result.WithLabel(label.Key, label.Value));
        }

        foreach ((string name, string? value) in section.Pairs("labels"))
        {
            spec = name.StartsWith(ComposeLabels.Prefix, StringComparison.Ordinal)
                ? throw section.Error("labels", $"'{name}' is not allowed: labels that begin with {ComposeLabels.Prefix} are the project's own")
                : spec.WithLabel(name, value ?? "");
        }

        return spec;
    }

    /// <summary><c>service:NAME</c> is its first container.</summary>
    private NamespaceMode ReadNamespace(string mode, HashSet<string> shares)
    {
        if (!mode.StartsWith(OfService, StringComparison.Ordinal))
            return NamespaceMode.Parse(mode);
        string service = mode[OfService.Length..];
        shares.Add(service);
        return NamespaceMode.OfContainer(context.FirstContainers.GetValueOrDefault(service) ?? throw new FormatException($"there is no service '{service}'"));
    }

    private string Hash(YamlMapping service, ContainerSpec spec, ImmutableArray<GrantedFile> files)
    {
        YamlMapping relevant = NotOfContainers.Aggregate(service, (result, key) => result.Without(key));
        relevant = relevant.Change("deploy", deploy => deploy is YamlMapping mapping ? mapping.Without("replicas") : deploy);
        IEnumerable<string> resolved =
        [
            context.Project,
            YamlWriter.Write(relevant),
            .. spec.Environment.Select(entry => $"{entry.Key}={entry.Value}"),
            .. spec.Labels.Select(entry => $"{entry.Key}={entry.Value}"),
            .. spec.Networks.Select(network => network.Network),
            .. spec.Volumes.Select(volume => volume.Name ?? ""),
            .. files.Select(file => $"{file.Target} {file.Path} {file.Content}"),
        ];
        return ResourceName.Hash(string.Join('\0', resolved));
    }
}

namespace ContainerKit.Compose.Services;

/// <summary>How the image of a service is built.</summary>
internal sealed class BuildReader(ServiceContext context)
{
    private const string ImageScheme = "docker-image://";

    public BuildSpec Read(Section section, string tag)
    {
        section.Refuse("the builder has no such option", "isolation", "entitlements", "sbom");
        section.Refuse("commands of a build are as restricted as those of containers", "privileged");
        section.Refuse("one platform at a time: use platform", "platforms");
        section.Accept("provenance");
        BuildSpec spec = BuildSpec.FromContext(section.Text("context") is string location ? ReadContext(section, "context", location) : BuildContext.Empty).WithTag(tag);
        if (section.Text("dockerfile") is string dockerfile)
            spec = spec.WithDockerfile(dockerfile);
        if (section.Text("dockerfile_inline") is string text)
            spec = section.Has("dockerfile") ? throw section.Error("dockerfile_inline", "a build has dockerfile or dockerfile_inline") : spec.WithDockerfileText(text);
        foreach ((string name, string? value) in section.Pairs("args"))
        {
            if ((value ?? context.Environment.Find(name)) is string known)
                spec = spec.WithArgument(name, known);
        }

        foreach ((string name, string? value) in section.Pairs("labels"))
            spec = spec.WithLabel(name, value ?? "");
        foreach ((string name, string? value) in section.Pairs("additional_contexts"))
            spec = spec.WithNamedContext(name, ReadContext(section, "additional_contexts", value ?? ""));
        foreach (string host in section.Texts("extra_hosts"))
            spec = spec.WithExtraHost(host[..host.IndexOf('=', StringComparison.Ordinal)], host[(host.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        foreach (Section grant in section.Each("secrets"))
            spec = ReadSecret(grant, spec);
        foreach ((string id, string? socket) in section.Pairs("ssh"))
            spec = spec.WithSshAgent(socket is { Length: > 0 } ? socket : context.Environment.Find("SSH_AUTH_SOCK") ?? throw section.Error("ssh", "SSH_AUTH_SOCK is not set: name the socket of the agent"), id);
        spec = section.Texts("cache_from").Aggregate(spec, (result, reference) => result.WithCacheFrom(reference));
        spec = section.Texts("tags").Aggregate(spec, (result, further) => result.WithTag(further));
        if (section.Texts("cache_to") is { Length: > 0 } caches)
            spec = caches is [var only] ? spec with { CacheTo = only } : throw section.Error("cache_to", "one place is supported");
        if (section.Text("target") is string target)
            spec = spec.WithTarget(target);
        spec = section.Text("network") switch
        {
            null or "default" => spec,
            "host" => spec.WithNetwork(BuildNetwork.Host),
            "none" => spec.WithNetwork(BuildNetwork.None),
            string network => spec.WithNetwork(context.Networks.GetValueOrDefault(network)?.Name ?? network),
        };
        spec = spec with { NoCache = section.Flag("no_cache"), Pull = section.Flag("pull"), SharedMemorySize = section.Size("shm_size") };
        if (section.Below("ulimits") is { } ulimits)
            spec = spec with { Ulimits = ResourceReader.ReadUlimits(ulimits, ContainerSpec.FromImage(tag)).Ulimits };
        section.End();
        return spec;
    }

    private static BuildContext ReadContext(Section section, string key, string location) => section.Guard(key, () => location switch
    {
        _ when location.StartsWith(ImageScheme, StringComparison.Ordinal) => BuildContext.FromImage(location[ImageScheme.Length..]),
        _ when Loading.ProjectPaths.IsRemote(location) => BuildContext.FromGit(location),
        _ => BuildContext.FromDirectory(location),
    });

    private BuildSpec ReadSecret(Section grant, BuildSpec spec)
    {
        grant.Refuse("a secret of a build has the owner and the permissions that its command asks for", "uid", "gid", "mode");
        string name = grant.RequiredText("source");
        FileSource source = context.Secrets.GetValueOrDefault(name) ?? throw grant.Error("source", $"there is no secret '{name}' in the file");
        string id = grant.Text("target") ?? name;
        grant.End();
        return spec.WithSecret(id, source.Path is string path ? BuildSecret.FromFile(path) : BuildSecret.FromText(source.Content!));
    }
}

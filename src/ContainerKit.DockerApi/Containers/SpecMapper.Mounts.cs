using ContainerKit.DockerApi.Contracts;
using ContainerKit.DockerApi.Routing;

namespace ContainerKit.DockerApi.Containers;

/// <content>Binds, volumes and file systems in memory.</content>
internal sealed partial class SpecMapper
{
    private ContainerSpec WithMounts(ContainerSpec spec)
    {
        foreach (string bind in _host.Binds ?? [])
        {
            // A name without a slash in front is that of a volume.
            spec = bind.StartsWith('/') ? spec.WithBind(BindMount.Parse(bind)) : spec.WithVolume(VolumeMount.Parse(bind));
        }

        foreach (MountBody mount in _host.Mounts ?? [])
            spec = With(spec, mount);
        foreach ((string target, string options) in _host.Tmpfs ?? new Dictionary<string, string>())
            spec = spec.WithTmpfs(TmpfsMount.Parse(target, options));
        foreach (string target in (_config.Volumes?.Keys ?? []).Where(target => !IsMounted(spec, target)))
            spec = spec.WithVolume(VolumeMount.Parse(target));
        foreach (string container in _host.VolumesFrom ?? [])
            spec = spec.WithVolumesFrom(container);
        return spec;
    }

    private static bool IsMounted(ContainerSpec spec, string target)
    {
        string path = target.Length > 1 ? target.TrimEnd('/') : target;
        return spec.Binds.Any(bind => bind.Target.TrimEnd('/') == path) || spec.Volumes.Any(volume => volume.Target.TrimEnd('/') == path) || spec.Tmpfs.Any(tmpfs => tmpfs.Target.TrimEnd('/') == path);
    }

    private ContainerSpec With(ContainerSpec spec, MountBody mount)
    {
        UnknownFields.Refuse("HostConfig.Mounts", mount.Unknown);
        if (string.IsNullOrEmpty(mount.Target))
            throw Invalid(mount, "field Target must not be empty");
        bool fits = mount.Type switch
        {
            "bind" => mount.VolumeOptions is null && mount.TmpfsOptions is null,
            "volume" => mount.BindOptions is null && mount.TmpfsOptions is null,
            "tmpfs" => mount.BindOptions is null && mount.VolumeOptions is null,
            _ => throw ApiException.BadRequest($"mount type '{mount.Type}' unknown or not supported: expected bind, volume or tmpfs"),
        };
        if (!fits)
            throw Invalid(mount, "options of another type of mount are given");
        return mount.Type switch
        {
            "bind" => spec.WithBind(Bind(mount)),
            "volume" => spec.WithVolume(Volume(mount)),
            _ => spec.WithTmpfs(Tmpfs(mount)),
        };
    }

    private static BindMount Bind(MountBody mount)
    {
        MountBody.BindOptionsBody options = mount.BindOptions ?? new MountBody.BindOptionsBody();
        if (string.IsNullOrEmpty(mount.Source))
            throw Invalid(mount, "field Source must not be empty");
        if (!mount.Source.StartsWith('/'))
            throw Invalid(mount, $"invalid mount path: '{mount.Source}' mount path must be absolute");
        if (!options.CreateMountpoint && !Path.Exists(mount.Source))
            throw Invalid(mount, $"bind source path does not exist: {mount.Source}");
        if (options.ReadOnlyForceRecursive && options.ReadOnlyNonRecursive)
            throw Invalid(mount, "ReadOnlyForceRecursive and ReadOnlyNonRecursive exclude each other");
        return new BindMount(mount.Source, mount.Target!, mount.ReadOnly)
        {
            NonRecursive = options.NonRecursive,
            CreateSource = options.CreateMountpoint,
            ReadOnlyNonRecursive = options.ReadOnlyNonRecursive,
            Propagation = options.Propagation switch
            {
                null or "" or "private" or "rprivate" => MountPropagation.Private,
                "slave" or "rslave" => MountPropagation.Slave,
                "shared" or "rshared" => MountPropagation.Shared,
                _ => throw Invalid(mount, $"invalid propagation mode: {options.Propagation}"),
            },
        };
    }

    private VolumeMount Volume(MountBody mount)
    {
        MountBody.VolumeOptionsBody options = mount.VolumeOptions ?? new MountBody.VolumeOptionsBody();
        string? name = Text(mount.Source);
        if (options.Labels is { Count: > 0 } || Text(options.DriverConfig?.Name) is not null || options.DriverConfig?.Options is { Count: > 0 })
        {
            if (name is null)
                throw Invalid(mount, "labels and driver options of a volume without a name are not supported. Give it a name");
            _volumesToMake.Add(new VolumeSpec
            {
                Name = name,
                Driver = Text(options.DriverConfig?.Name) ?? VolumeSpec.LocalDriver,
                DriverOptions = Sorted(options.DriverConfig?.Options),
                Labels = Sorted(options.Labels),
            });
        }

        return new VolumeMount(name, mount.Target!, mount.ReadOnly) { NoCopy = options.NoCopy, Subpath = Text(options.Subpath) };
    }

    private static TmpfsMount Tmpfs(MountBody mount)
    {
        if (Text(mount.Source) is not null)
            throw Invalid(mount, "field Source must not be specified");
        MountBody.TmpfsOptionsBody options = mount.TmpfsOptions ?? new MountBody.TmpfsOptionsBody();
        TmpfsMount tmpfs = TmpfsMount.Parse(mount.Target!, string.Join(',', (options.Options ?? []).Select(option => string.Join('=', option))));
        return tmpfs with
        {
            Size = options.SizeBytes > 0 ? new ByteSize(options.SizeBytes) : tmpfs.Size,
            Mode = options.Mode != 0 ? (UnixFileMode)(options.Mode & 0xFFF) : tmpfs.Mode,
            ReadOnly = mount.ReadOnly || tmpfs.ReadOnly,
        };
    }

    private static ApiException Invalid(MountBody mount, string reason) => ApiException.BadRequest($"invalid mount config for type \"{mount.Type}\": {reason}");
}

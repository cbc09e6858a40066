using System.Collections.Immutable;
using ContainerKit.Linux.Mounts;

namespace ContainerKit.Volumes;

/// <summary>The options of Docker's local driver: none, a directory of this machine, or a file system that is mounted while a container uses the volume.</summary>
internal static class LocalDriverOptions
{
    private const string Type = "type";
    private const string Flags = "o";
    private const string Device = "device";

    /// <summary>The directory of this machine that the options name; null for one of the data root.</summary>
    /// <exception cref="ArgumentException">An option or its value is not allowed.</exception>
    internal static string? FindDevice(ImmutableSortedDictionary<string, string> options)
    {
        Validate(options);
        if (!IsBind(options))
            return null;
        return options.GetValueOrDefault(Device) is ['/', ..] device && !device.Contains('\0')
            ? device
            : throw new ArgumentException($"driver option device '{options.GetValueOrDefault(Device)}' is not allowed: expected the absolute path of a directory.");
    }

    /// <summary>The file system that the options ask for; null when they ask for none.</summary>
    /// <exception cref="ArgumentException">An option or its value is not allowed.</exception>
    internal static LocalMount? FindMount(ImmutableSortedDictionary<string, string> options)
    {
        Validate(options);
        if (options.IsEmpty || IsBind(options))
            return null;
        if (options.GetValueOrDefault(Type) is not { Length: > 0 } type)
            throw new ArgumentException("driver option type '' is not allowed: expected that of a file system, as in tmpfs or nfs, or none with o=bind.");
        string? device = options.GetValueOrDefault(Device);
        if (string.IsNullOrEmpty(device) && type != "tmpfs")
            throw new ArgumentException($"driver option device '' is not allowed: expected what is mounted as {type}.");
        MountFlags flags = MountFlags.None;
        List<string> own = [];
        foreach (string option in Split(options))
        {
            if (ToFlag(option) is { } flag)
                flags |= flag;
            else
                own.Add(option);
        }

        return new LocalMount(type, device ?? type, flags, own.Count == 0 ? null : string.Join(',', own));
    }

    private static string[] Split(ImmutableSortedDictionary<string, string> options) => options.GetValueOrDefault(Flags, "").Split(',', StringSplitOptions.RemoveEmptyEntries);

    private static bool IsBind(ImmutableSortedDictionary<string, string> options)
        => options.GetValueOrDefault(Type, "") is "none" or "bind" or "" && Split(options).Any(flag => flag is "bind" or "rbind");

    private static void Validate(ImmutableSortedDictionary<string, string> options)
    {
        foreach ((string name, string value) in options)
        {
            if (name is not (Type or Flags or Device))
                throw new ArgumentException($"driver option '{name}' is not allowed: expected type, o and device.");
            if (value.Contains('\0'))
                throw new ArgumentException($"driver option {name} is not allowed: expected a text without zero bytes.");
        }
    }

    /// <summary>Those that mount(8) makes flags of; the rest is the file system's.</summary>
    private static MountFlags? ToFlag(string option) => option switch
    {
        "ro" => MountFlags.MS_RDONLY,
        "rw" or "defaults" or "suid" or "dev" or "exec" => MountFlags.None,
        "nosuid" => MountFlags.MS_NOSUID,
        "nodev" => MountFlags.MS_NODEV,
        "noexec" => MountFlags.MS_NOEXEC,
        "noatime" => MountFlags.MS_NOATIME,
        "relatime" => MountFlags.MS_RELATIME,
        "strictatime" => MountFlags.MS_STRICTATIME,
        _ => null,
    };
}

using System.Collections.Immutable;

namespace ContainerKit.Volumes;

/// <summary>The options of Docker's local driver that need no mount on this machine.</summary>
internal static class LocalDriverOptions
{
    /// <summary>The directory of this machine that the options name; null for one of the data root.</summary>
    /// <exception cref="ArgumentException">An option or its value is not allowed.</exception>
    /// <exception cref="UnsupportedException">The options ask for a mount.</exception>
    internal static string? FindDevice(ImmutableSortedDictionary<string, string> options)
    {
        foreach (string name in options.Keys)
        {
            if (name is not ("type" or "o" or "device"))
                throw new ArgumentException($"driver option '{name}' is not allowed: expected type, o and device.");
        }

        if (options.IsEmpty)
            return null;
        string type = options.GetValueOrDefault("type", "");
        string[] flags = options.GetValueOrDefault("o", "").Split(',', StringSplitOptions.RemoveEmptyEntries);
        if (type is not ("none" or "bind" or "") || !flags.Any(flag => flag is "bind" or "rbind"))
        {
            throw new UnsupportedException(
                $"A volume with driver options type '{type}' and o '{string.Join(',', flags)}' is not supported: it would be a mount on this machine. Use type=none with o=bind, or a tmpfs or bind of the container.");
        }

        return options.GetValueOrDefault("device") is ['/', ..] device && !device.Contains('\0')
            ? device
            : throw new ArgumentException($"driver option device '{options.GetValueOrDefault("device")}' is not allowed: expected the absolute path of a directory.");
    }
}

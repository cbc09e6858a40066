using System.Globalization;

namespace ContainerKit.Linux.Cgroups;

/// <summary>io.stat of version 2 and the blkio.throttle files of version 1, which count in every I/O scheduler.</summary>
internal static class BlockDeviceFiles
{
    private const string LegacyBytes = "blkio.throttle.io_service_bytes_recursive";
    private const string LegacyOperations = "blkio.throttle.io_serviced_recursive";

    /// <summary>Null where the directory has no such files.</summary>
    internal static IReadOnlyList<CgroupBlockDeviceUsage>? Read(CgroupDirectory directory)
    {
        if (directory.Version == CgroupVersion.V2)
            return directory.ReadIfExists("io.stat") is string text ? ParseUnified(text) : null;
        return directory.ReadIfExists(LegacyBytes) is string bytes ? ParseLegacy(bytes, directory.ReadIfExists(LegacyOperations) ?? "") : null;
    }

    /// <summary><c>8:16 rbytes=1459200 wbytes=314773504 rios=192 wios=353 dbytes=0 dios=0</c></summary>
    internal static IReadOnlyList<CgroupBlockDeviceUsage> ParseUnified(string text)
    {
        Counters counters = new();
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            foreach (string word in words.Skip(1))
            {
                int equals = word.IndexOf('=', StringComparison.Ordinal);
                if (equals > 0)
                    counters.Set(words[0], word[..equals], word[(equals + 1)..]);
            }
        }

        return counters.ToList();
    }

    /// <summary><c>8:0 Read 1459200</c>, and a last line <c>Total 1459200</c>.</summary>
    internal static IReadOnlyList<CgroupBlockDeviceUsage> ParseLegacy(string bytes, string operations)
    {
        Counters counters = new();
        Take(bytes, "bytes");
        Take(operations, "ios");
        return counters.ToList();

        void Take(string text, string unit)
        {
            foreach (string line in text.Split('\n'))
            {
                if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var device, ("Read" or "Write") and var operation, var value])
                    counters.Set(device, (operation == "Read" ? "r" : "w") + unit, value);
            }
        }
    }

    private sealed class Counters
    {
        private readonly SortedDictionary<(int Major, int Minor), CgroupBlockDeviceUsage> _devices = [];

        internal void Set(string device, string key, string text)
        {
            int colon = device.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0
                || !int.TryParse(device.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out int major)
                || !int.TryParse(device.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int minor)
                || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value))
                return;
            CgroupBlockDeviceUsage usage = _devices.GetValueOrDefault((major, minor)) ?? new(major, minor, 0, 0, 0, 0);
            _devices[(major, minor)] = key switch
            {
                "rbytes" => usage with { ReadBytes = value },
                "wbytes" => usage with { WrittenBytes = value },
                "rios" => usage with { Reads = value },
                "wios" => usage with { Writes = value },
                _ => usage,
            };
        }

        internal List<CgroupBlockDeviceUsage> ToList() => [.. _devices.Values];
    }
}

using System.Formats.Tar;
using System.Globalization;
using System.Security.Cryptography;
using ContainerKit.IntegrationTests.Programs;

namespace ContainerKit.IntegrationTests.RoundTrips;

/// <summary>What the files of a tree are, by GNU tar: a line for each, with type, mode, owner, time, link, device, attributes and a hash of its bytes.</summary>
internal static class TreeDescription
{
    /// <summary>Describes a directory, without the directory itself, which has no place in some formats.</summary>
    public static async Task<string> OfAsync(string directory, string scratch, CancellationToken cancellationToken)
    {
        string archive = Path.Combine(scratch, Guid.NewGuid().ToString("n") + ".tar");
        string[] names = [.. Directory.GetFileSystemEntries(directory).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        await Capability.RunAsync(
            "tar",
            ["-C", directory, "--sort=name", "--numeric-owner", "--format=pax", "--xattrs", "--xattrs-include=security.capability", "--xattrs-include=user.*", "-cf", archive, .. names],
            cancellationToken);
        List<string> lines = [];
        await using (var reader = new TarReader(File.OpenRead(archive)))
        {
            while (await reader.GetNextEntryAsync(cancellationToken: cancellationToken) is { } entry)
            {
                lines.Add(await DescribeAsync((PaxTarEntry)entry, cancellationToken));
            }
        }
        File.Delete(archive);
        return string.Join('\n', lines);
    }

    private static async Task<string> DescribeAsync(PaxTarEntry entry, CancellationToken cancellationToken)
    {
        string content = entry.DataStream is null ? "" : Convert.ToHexStringLower(await SHA256.HashDataAsync(entry.DataStream, cancellationToken))[..16];
        string device = entry.EntryType is TarEntryType.CharacterDevice or TarEntryType.BlockDevice ? $" {entry.DeviceMajor}:{entry.DeviceMinor}" : "";
        IEnumerable<string> attributes = entry.ExtendedAttributes.Where(pair => pair.Key.StartsWith("SCHILY.xattr.", StringComparison.Ordinal))
            .Select(pair => $" {pair.Key[13..]}={Uri.EscapeDataString(pair.Value)}").Order(StringComparer.Ordinal);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{entry.Name.TrimEnd('/')} {entry.EntryType} {Convert.ToString((int)entry.Mode, 8)} {entry.Uid}:{entry.Gid} {entry.ModificationTime.UtcTicks} {entry.LinkName}{device}{string.Concat(attributes)} {content}");
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ContainerKit.Linux.Paths;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Tests.Storage.Packing;

/// <summary>Trees of all kinds of entries, the same for the same seed, and their description entry by entry.</summary>
internal sealed class GeneratedTree(int seed)
{
    private const int Entries = 60;

    private readonly Random _random = new(seed);
    private readonly List<(byte[] Directory, byte[] Name)> _files = [];

    /// <summary>Makes the tree in an empty directory.</summary>
    public void Create(string path)
    {
        using RootedDirectory root = RootedDirectory.Open(path);
        var directories = new List<byte[]> { Array.Empty<byte>() };
        for (int i = 0; i < Entries; i++)
        {
            byte[] parent = directories[_random.Next(directories.Count)];
            byte[] name = Name(i);
            using RootedDirectory directory = root.OpenDirectory(parent);
            int kind = _random.Next(10);
            if (kind < 3)
            {
                directory.CreateDirectory(name, 0x1C0);
                directories.Add(parent.Length == 0 ? name : [.. parent, (byte)'/', .. name]);
            }
            else
            {
                CreateEntry(root, directory, parent, name, kind);
            }
            if (kind != 5 && kind != 6)
            {
                SetAttributes(directory, name, kind);
            }
        }
        // Children change the times of their directories.
        for (int i = directories.Count - 1; i >= 0; i--)
        {
            using RootedDirectory directory = root.OpenDirectory(directories[i]);
            directory.SetModifiedTime(default, 1_500_000_000 + i, (uint)i * 1000);
        }
    }

    /// <summary>Everything that an archive has to keep, one line an entry, sorted.</summary>
    public static string Describe(string path)
    {
        var lines = new List<string>();
        var inodes = new Dictionary<ulong, string>();
        using RootedDirectory root = RootedDirectory.Open(path);
        Describe(root, "", lines, inodes);
        lines.Sort(StringComparer.Ordinal);
        return string.Join('\n', lines);
    }

    private static void Describe(RootedDirectory directory, string path, List<string> lines, Dictionary<ulong, string> inodes)
    {
        foreach (byte[] name in directory.EnumerateEntries().OrderBy(Encoding.Latin1.GetString, StringComparer.Ordinal))
        {
            FileStatus status = directory.GetStatus(name);
            string entry = path + "/" + FileName.Display(name);
            var line = new StringBuilder();
            line.Append(CultureInfo.InvariantCulture, $"{entry} {status.Type} {Convert.ToString(status.Mode, 8)} {status.UserId}:{status.GroupId} {status.ModifiedSeconds}.{status.ModifiedNanoseconds:D9}");
            if (status.Type is not (FileType.Directory or FileType.SymbolicLink) && status.LinkCount > 1 && !inodes.TryAdd(status.Inode, entry))
            {
                line.Append(" = ").Append(inodes[status.Inode]);
            }
            if (status.Type == FileType.Regular)
            {
                using SafeFileHandle file = directory.OpenRegularFile(name)!;
                byte[] content = new byte[RandomAccess.GetLength(file)];
                RandomAccess.Read(file, content, 0);
                bool sparse = status.AllocatedSize < status.Size;
                line.Append(CultureInfo.InvariantCulture, $" {status.Size} sparse {sparse} {Convert.ToHexStringLower(SHA256.HashData(content))}");
            }
            if (status.Type == FileType.SymbolicLink)
            {
                line.Append(" -> ").Append(FileName.Display(directory.ReadSymbolicLink(name)));
            }
            IReadOnlyList<byte[]> attributes = status.Type is FileType.Regular or FileType.Directory ? directory.ListExtendedAttributes(name) : [];
            foreach (byte[] attribute in attributes.OrderBy(Encoding.Latin1.GetString, StringComparer.Ordinal))
            {
                line.Append(CultureInfo.InvariantCulture, $" {FileName.Display(attribute)}={Convert.ToHexStringLower(directory.GetExtendedAttribute(name, attribute) ?? [])}");
            }
            lines.Add(line.ToString());
            if (status.Type == FileType.Directory)
            {
                using RootedDirectory child = directory.OpenDirectory(name, PathResolution.NoSymbolicLinks);
                Describe(child, entry, lines, inodes);
            }
        }
    }

    private void CreateEntry(RootedDirectory root, RootedDirectory directory, byte[] parent, byte[] name, int kind)
    {
        switch (kind)
        {
            case 5:
                directory.CreateSymbolicLink(name, _random.Next(2) == 0 ? "../nowhere/ü"u8 : Encoding.ASCII.GetBytes(new string('t', _random.Next(1, 300))));
                directory.SetModifiedTime(name, 1_400_000_000, 123_456_789);
                break;
            case 6 when _files.Count > 0:
                (byte[] linkedDirectory, byte[] linkedName) = _files[_random.Next(_files.Count)];
                using (RootedDirectory linked = root.OpenDirectory(linkedDirectory))
                {
                    directory.CreateHardLink(name, linked, linkedName);
                }
                break;
            case 7:
                directory.CreateNode(name, FileType.Fifo, 0x180);
                break;
            case 8:
                using (SafeFileHandle sparse = directory.CreateFile(name, 0x180))
                {
                    RandomAccess.SetLength(sparse, 5_000_000 + _random.Next(10_000));
                    RandomAccess.Write(sparse, "in the middle"u8, 1_000_000 + _random.Next(1_000_000));
                }
                break;
            default:
                using (SafeFileHandle file = directory.CreateFile(name, 0x180))
                {
                    byte[] content = new byte[_random.Next(4) == 0 ? _random.Next(600_000) : _random.Next(2000)];
                    _random.NextBytes(content);
                    RandomAccess.Write(file, content, 0);
                }
                _files.Add((parent, name));
                break;
        }
    }

    private void SetAttributes(RootedDirectory directory, byte[] name, int kind)
    {
        if (Environment.IsPrivilegedProcess)
        {
            directory.SetOwner(name, (uint)_random.Next(3_000_000), (uint)_random.Next(3_000_000));
        }
        bool isFile = kind is 4 or 8 or 9;
        if (isFile && Environment.IsPrivilegedProcess && _random.Next(3) == 0)
        {
            // cap_net_bind_service=ep
            directory.SetExtendedAttribute(name, "security.capability"u8, [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        }
        uint mode = (uint)_random.Next(0x200) | 0x180 | (kind < 3 ? 0x1C0u : 0);
        directory.SetMode(name, Environment.IsPrivilegedProcess ? mode | (uint)(_random.Next(8) << 9) : mode);
        long[] seconds = [0, -1, 1_600_000_000, 4_000_000_000, -2_000_000_000];
        directory.SetModifiedTime(name, seconds[_random.Next(seconds.Length)], (uint)_random.Next(2) * 250_000_000);
    }

    private byte[] Name(int number)
    {
        byte[] prefix = Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture) + "-");
        return _random.Next(6) switch
        {
            0 => [.. prefix, .. "grün und ☃"u8],
            1 => [.. prefix, 0xFF, 0xFE, 0x80],
            2 => [.. prefix, .. Enumerable.Repeat((byte)'n', _random.Next(60, 240))],
            3 => [.. prefix, .. "new\nline \"quoted\" ="u8],
            _ => [.. prefix, .. "plain"u8],
        };
    }
}

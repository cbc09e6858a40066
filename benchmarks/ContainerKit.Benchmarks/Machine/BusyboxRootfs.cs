using System.Buffers.Binary;
using System.Formats.Tar;

namespace ContainerKit.Benchmarks.Machine;

/// <summary>The root file system that every peer runs: a static busybox and nothing else.</summary>
internal sealed class BusyboxRootfs
{
    private const string Busybox = "/usr/bin/busybox";
    private const int ProgramHeaderInterpreter = 3;
    private static readonly string[] Applets = ["true", "sh", "sleep", "cat"];

    private BusyboxRootfs(string directory, string archive)
    {
        DirectoryPath = directory;
        ArchivePath = archive;
    }

    /// <summary>The unpacked tree.</summary>
    public string DirectoryPath { get; }

    /// <summary>The same tree as a tar archive, for peers that import.</summary>
    public string ArchivePath { get; }

    /// <summary>Makes the tree and its archive inside a workspace, which owns them.</summary>
    /// <exception cref="PlatformNotSupportedException">There is no static busybox; the message says what to install.</exception>
    public static BusyboxRootfs Create(Workspace workspace)
    {
        if (!File.Exists(Busybox) || !IsStaticElf(Busybox))
            throw new PlatformNotSupportedException($"{Busybox} is not there or not static: install busybox-static (apt-get install busybox-static)");

        var root = workspace.CreateDirectory("rootfs");
        foreach (var name in new[] { "bin", "dev", "etc", "proc", "sys", "tmp" })
            Directory.CreateDirectory(Path.Combine(root, name));
        File.Copy(Busybox, Path.Combine(root, "bin/busybox"));
        foreach (var applet in Applets)
            File.CreateSymbolicLink(Path.Combine(root, "bin", applet), "busybox");
        File.WriteAllText(Path.Combine(root, "etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
        File.WriteAllText(Path.Combine(root, "etc/group"), "root:x:0:\n");

        var archive = workspace.PathOf("rootfs.tar");
        TarFile.CreateFromDirectory(root, archive, includeBaseDirectory: false);
        return new BusyboxRootfs(root, archive);
    }

    /// <summary>A dynamically linked program names its interpreter in a PT_INTERP program header (elf(5)).</summary>
    private static bool IsStaticElf(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> header = stackalloc byte[64];
        if (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || !header.StartsWith("\u007FELF"u8))
            return false;
        var offset = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(header[54..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header[56..]);
        Span<byte> type = stackalloc byte[4];
        for (var i = 0; i < count; i++)
        {
            file.Position = offset + (i * size);
            file.ReadExactly(type);
            if (BinaryPrimitives.ReadInt32LittleEndian(type) == ProgramHeaderInterpreter)
                return false;
        }
        return true;
    }
}

using System.Formats.Tar;
using System.IO.Compression;
using ContainerKit.IntegrationTests.Programs;
using ContainerKit.Oci;

namespace ContainerKit.IntegrationTests.RoundTrips;

/// <summary>An image of three layers in which there is everything that files can be: the truth that round trips are compared with.</summary>
internal static class EveryKindOfFile
{
    /// <summary>Bytes of the sparse file, of which all but a few are a hole.</summary>
    public const long SparseSize = 8 << 20;

    private static readonly DateTimeOffset s_time = new DateTimeOffset(2019, 3, 4, 5, 6, 7, TimeSpan.Zero).AddTicks(1_234_567);

    /// <summary>Writes an OCI layout with the image <c>app</c>, and with <c>dense</c>, which is the same with all zeros of the sparse file.</summary>
    public static async Task WriteLayoutAsync(string directory, string scratch, CancellationToken cancellationToken)
    {
        byte[][] layers = [CreateLowest(), CreateMiddle(), await CreateSparseAsync(scratch, "--sparse", cancellationToken)];
        byte[][] dense = [.. layers[..2], await CreateSparseAsync(scratch, "--format=pax", cancellationToken)];
        Descriptor[] entries = [await WriteImageAsync(directory, "app", layers, cancellationToken), await WriteImageAsync(directory, "dense", dense, cancellationToken)];
        await File.WriteAllBytesAsync(Path.Combine(directory, OciLayout.FileName), new OciLayout { Version = OciLayout.CurrentVersion }.ToUtf8Json(), cancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(directory, OciLayout.IndexFileName), new ImageIndex { Manifests = entries }.ToUtf8Json(), cancellationToken);
    }

    private static async Task<Descriptor> WriteImageAsync(string directory, string tag, byte[][] layers, CancellationToken cancellationToken)
    {
        byte[] configuration = new ImageConfiguration
        {
            Os = "linux",
            Architecture = Platform.Current.Architecture,
            Config = new ExecutionConfiguration { Cmd = ["/bin/tool"], Env = ["PATH=/bin"] },
            RootFs = new RootFileSystem { DiffIds = [.. layers.Select(layer => Digest.Compute(layer))] },
        }.ToUtf8Json();
        byte[][] blobs = [.. layers.Select(Compress)];
        byte[] manifest = new ImageManifest
        {
            Config = Descriptor.ForContent(MediaTypes.OciConfig, configuration),
            Layers = [.. blobs.Select(blob => Descriptor.ForContent(MediaTypes.OciLayerGzip, blob))],
        }.ToUtf8Json();
        foreach (byte[] blob in (byte[][])[configuration, manifest, .. blobs])
        {
            string file = Path.Combine(directory, OciLayout.BlobPath(Digest.Compute(blob)));
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file, blob, cancellationToken);
        }
        return Descriptor.ForContent(MediaTypes.OciManifest, manifest) with { Annotations = new Dictionary<string, string> { [AnnotationNames.RefName] = tag } };
    }

    private static byte[] CreateLowest()
    {
        var content = new byte[200_000];
        new Random(3).NextBytes(content);
        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, leaveOpen: true))
        {
            Add("bin/", TarEntryType.Directory, 0x1ED);
            Add("bin/tool", TarEntryType.RegularFile, 0x9ED, data: "tool"u8.ToArray()); // 04755
            Add("bin/link", TarEntryType.SymbolicLink, 0x1FF, link: "tool");
            Add("dev/", TarEntryType.Directory, 0x1ED);
            AddDevice("dev/zero", TarEntryType.CharacterDevice, 1, 5);
            AddDevice("dev/disk", TarEntryType.BlockDevice, 7, 200);
            Add("etc/", TarEntryType.Directory, 0x1ED);
            Add("etc/kept", TarEntryType.RegularFile, 0x1A4, data: "kept"u8.ToArray());
            Add("etc/removed", TarEntryType.RegularFile, 0x1A4, data: "removed"u8.ToArray());
            Add("home/", TarEntryType.Directory, 0x1E8, user: 1000, group: 1001); // 0750
            Add("home/file", TarEntryType.RegularFile, 0x1A0, user: 1000, group: 1001, data: content); // 0640
            Add("home/hard", TarEntryType.HardLink, 0x1A0, user: 1000, group: 1001, link: "home/file");
            Add("home/fifo", TarEntryType.Fifo, 0x180, user: 1000, group: 1001);
            Add("home/capable", TarEntryType.RegularFile, 0x1ED, data: "x"u8.ToArray(), attribute: ("SCHILY.xattr.security.capability", "\u0001\0\0\u0002\0 \0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
            Add("home/noted", TarEntryType.RegularFile, 0x1A4, data: "y"u8.ToArray(), attribute: ("SCHILY.xattr.user.note", "of the user"));
            Add("home/" + new string('n', 220), TarEntryType.RegularFile, 0x100, data: []);
            Add("home/naïve – ☃", TarEntryType.RegularFile, 0x1A4, data: "name"u8.ToArray());
            Add("opaque/", TarEntryType.Directory, 0x1ED);
            Add("opaque/below", TarEntryType.RegularFile, 0x1A4, data: "below"u8.ToArray());
            Add("tmp/", TarEntryType.Directory, 0x3FF); // 01777

            void Add(string name, TarEntryType type, int mode, int user = 0, int group = 0, byte[]? data = null, string? link = null, (string Key, string Value)? attribute = null)
            {
                Dictionary<string, string> extended = attribute is { } pair ? new() { [pair.Key] = pair.Value } : [];
                var entry = new PaxTarEntry(type, name, extended) { Mode = (UnixFileMode)mode, Uid = user, Gid = group, ModificationTime = s_time };
                if (link is not null)
                {
                    entry.LinkName = link;
                }
                if (data is not null)
                {
                    entry.DataStream = new MemoryStream(data);
                }
                writer.WriteEntry(entry);
            }

            void AddDevice(string name, TarEntryType type, int major, int minor)
                => writer.WriteEntry(new PaxTarEntry(type, name) { Mode = (UnixFileMode)0x1B0, Uid = 0, Gid = 6, ModificationTime = s_time, DeviceMajor = major, DeviceMinor = minor });
        }
        return archive.ToArray();
    }

    private static byte[] CreateMiddle()
    {
        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, leaveOpen: true))
        {
            foreach ((string name, string? text) in ((string, string?)[])[("etc/", null), ("etc/.wh.removed", ""), ("etc/added", "added"), ("opaque/", null), ("opaque/.wh..wh..opq", ""), ("opaque/above", "above")])
            {
                PaxTarEntry entry = text is null
                    ? new(TarEntryType.Directory, name) { Mode = (UnixFileMode)0x1ED }
                    : new(TarEntryType.RegularFile, name) { Mode = (UnixFileMode)0x1A4, DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)) };
                entry.ModificationTime = s_time.AddDays(1);
                writer.WriteEntry(entry);
            }
        }
        return archive.ToArray();
    }

    /// <summary>GNU tar's: the framework's writer knows no holes.</summary>
    private static async Task<byte[]> CreateSparseAsync(string scratch, string option, CancellationToken cancellationToken)
    {
        string tree = Directory.CreateDirectory(Path.Combine(scratch, "sparse-tree")).FullName;
        Directory.CreateDirectory(Path.Combine(tree, "sparse"));
        await using (FileStream file = File.Create(Path.Combine(tree, "sparse/hole")))
        {
            file.SetLength(SparseSize);
            file.Position = SparseSize / 2;
            file.Write("in the middle"u8);
        }
        string archive = Path.Combine(scratch, "sparse.tar");
        await Capability.RunAsync("tar", ["-C", tree, option, "--format=pax", "--numeric-owner", "--owner=0", "--group=0", "--mtime=2020-01-02 03:04:05", "-cf", archive, "sparse"], cancellationToken);
        return await File.ReadAllBytesAsync(archive, cancellationToken);
    }

    private static byte[] Compress(byte[] content)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content);
        }
        return compressed.ToArray();
    }
}

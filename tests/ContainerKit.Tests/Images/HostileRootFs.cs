using System.IO.Compression;
using System.Text;
using ContainerKit.Tests.Storage;

namespace ContainerKit.Tests.Images;

/// <summary>Root file systems that try to get out of their layer, or to take more than they may.</summary>
internal static class HostileRootFs
{
    private const bool Refused = true;
    private const bool Harmless = false;

    public static IEnumerable<HostileArchive> All => [.. Traversal, .. Links, .. Whiteouts, .. Names, .. Numbers, .. Sparse, .. Replacements, .. Streams, .. Devices];

    private static HostileArchive Of(string name, bool refused, Func<string, TarBuilder> build) => new(name, refused, IsRootFs: true, outside => build(outside).ToArray());

    private static HostileArchive Raw(string name, bool refused, Func<string, byte[]> build) => new(name, refused, IsRootFs: true, build);

    private static string Long(char c, int length) => new(c, length);

    private static string Up(int levels) => string.Concat(Enumerable.Repeat("../", levels));

    private static TarBuilder Tar() => new();

    private static HostileArchive[] Traversal =>
    [
        .. Enumerable.Range(1, 6).Select(levels => Of($"{levels} directories up", Refused, _ => Tar().File(Up(levels) + "outside/evil", "evil"))),
        Of("dots behind a directory", Refused, _ => Tar().Directory("a").File("a/../../outside/evil", "evil")),
        Of("dots behind a directory that is not there", Refused, _ => Tar().File("missing/../../outside/evil", "evil")),
        Of("dots behind a slash", Refused, _ => Tar().File("/../outside/evil", "evil")),
        Of("dots and slashes mixed", Refused, _ => Tar().File(".//./..//../outside/evil", "evil")),
        Of("a directory that is the parent", Refused, _ => Tar().Directory("..", 0)),
        Of("a directory that is the parent's parent", Refused, _ => Tar().Directory("a").Directory("a/../..", 0)),
        Of("an absolute name", Harmless, outside => Tar().File(outside + "/evil", "evil")),
        Of("an absolute name in a PAX header", Harmless, outside => Tar().Pax(("path", outside + "/evil")).File("x", "evil")),
        Of("dots in a PAX header", Refused, _ => Tar().Pax(("path", "../../outside/evil")).File("x", "evil")),
        Of("dots in a GNU long name", Refused, _ => Tar().Entry('L', "././@LongLink", content: TarBuilder.Bytes("../../outside/evil\0")).File("x", "evil")),
        Of("dots in the ustar prefix", Refused, _ => Tar().Entry('0', "outside/evil", content: TarBuilder.Bytes("evil"), patch: block => TarBuilder.Bytes("../..").CopyTo(block, 345))),
        Of("dots in the name of a sparse file", Refused, _ => Tar().Pax(("GNU.sparse.name", "../../outside/evil"), ("GNU.sparse.map", "0,4"), ("GNU.sparse.size", "4")).File("x", "evil")),
        Of("backslashes, which are no separators", Harmless, _ => Tar().File("..\\..\\outside\\evil", "evil")),
        Of("dots that are a name", Harmless, _ => Tar().File("...", "x").File(". .", "x").Directory("....").File("..../..x", "x")),
    ];

    private static HostileArchive[] Links =>
    [
        Of("a file behind an absolute link", Harmless, outside => Tar().Directory(outside.TrimStart('/')).SymbolicLink("link", outside).File("link/evil", "evil")),
        Of("a file behind a link up", Refused, _ => Tar().SymbolicLink("link", "../../../outside").File("link/evil", "evil")),
        Of("a file through two links", Refused, _ => Tar().SymbolicLink("one", "..").SymbolicLink("two", "one/../../outside").File("two/evil", "evil")),
        Of("a file over a link to outside", Harmless, outside => Tar().SymbolicLink("link", outside + "/victim").File("link", "evil")),
        Of("a directory over a link to outside", Harmless, outside => Tar().SymbolicLink("link", outside).Directory("link", 0).File("link/evil", "evil")),
        Of("a link in place of a directory, and a file below", Refused, _ => Tar().Directory("d").SymbolicLink("d", "../../outside").File("d/evil", "evil")),
        Of("a link in place of a directory with content, and a file below", Refused, outside => Tar().File("d/e/f", "x").SymbolicLink("d", outside).File("d/evil", "evil")),
        Of("a link to proc's own root", Refused, _ => Tar().SymbolicLink("root", "/proc/self/root/tmp").File("root/evil", "evil")),
        Of("a link to proc's current directory", Refused, _ => Tar().SymbolicLink("cwd", "/proc/self/cwd").File("cwd/evil", "evil")),
        Of("a loop of links", Refused, _ => Tar().SymbolicLink("a", "b").SymbolicLink("b", "a").File("a/evil", "evil")),
        Of("a link to itself", Refused, _ => Tar().SymbolicLink("a", "a").File("a/evil", "evil")),
        Of("a chain of 60 links", Refused, _ => Enumerable.Range(0, 60).Aggregate(Tar().Directory("l60"), (tar, i) => tar.SymbolicLink($"l{i}", $"l{i + 1}")).File("l0/evil", "evil")),
        Of("a link without a target", Refused, _ => Tar().SymbolicLink("a", "")),
        Of("a link with an endless target", Refused, _ => Tar().Pax(("linkpath", Long('x', 5000))).SymbolicLink("a", "x")),
        Of("a root that is a link", Refused, outside => Tar().SymbolicLink("./", outside)),
        Of("a hard link up", Refused, _ => Tar().HardLink("h", "../../../outside/victim")),
        Of("a hard link to an absolute name", Refused, outside => Tar().HardLink("h", outside + "/victim")),
        Of("a hard link in a PAX header", Refused, outside => Tar().Pax(("linkpath", outside + "/victim")).HardLink("h", "x")),
        Of("a hard link in a GNU long name", Refused, outside => Tar().Entry('K', "././@LongLink", content: TarBuilder.Bytes(outside + "/victim\0")).HardLink("h", "x")),
        Of("a hard link through a link", Refused, outside => Tar().SymbolicLink("out", outside).HardLink("h", "out/victim").File("h", "evil")),
        Of("a hard link to a link, and a file over it", Harmless, outside => Tar().SymbolicLink("link", outside + "/victim").HardLink("h", "link").File("h", "evil")),
        Of("a hard link to the root", Refused, _ => Tar().HardLink("h", "/")),
        Of("a hard link to a directory", Refused, _ => Tar().Directory("d").HardLink("h", "d")),
        Of("a hard link to itself", Harmless, _ => Tar().File("a", "x").HardLink("a", "a")),
        Of("a hard link in place of its own target", Refused, _ => Tar().File("a/b/c", "x").HardLink("a", "a/b/c")),
        Of("a hard link to a whiteout", Refused, _ => Tar().File(".wh.a").HardLink("h", "a")),
    ];

    private static HostileArchive[] Whiteouts =>
    [
        Of("a whiteout outside", Refused, _ => Tar().File("../../../outside/.wh.victim")),
        Of("a whiteout of the parent", Refused, _ => Tar().File(".wh...")),
        Of("a whiteout of the directory itself", Refused, _ => Tar().File("d/.wh..")),
        Of("a whiteout without a name", Refused, _ => Tar().File(".wh.")),
        Of("a whiteout behind a link to outside", Refused, outside => Tar().SymbolicLink("link", outside).File("link/.wh.victim")),
        Of("an opaque marker behind a link to outside", Refused, outside => Tar().SymbolicLink("link", outside).File("link/.wh..wh..opq")),
        Of("an opaque marker over a link to outside", Harmless, outside => Tar().SymbolicLink("d", outside).Directory("d").File("d/.wh..wh..opq")),
        Of("an opaque marker at the root", Harmless, _ => Tar().File(".wh..wh..opq").File("a", "x")),
        Of("an opaque marker that is a link", Harmless, outside => Tar().SymbolicLink("d/.wh..wh..opq", outside)),
        Of("an opaque marker in a file", Refused, _ => Tar().File("f", "x").File("f/.wh..wh..opq")),
        Of("a whiteout that is a directory with content", Refused, _ => Tar().Directory(".wh.d").File(".wh.d/evil", "x").File("d/../../x")),
        Of("a whiteout of what the layer has", Harmless, _ => Tar().File("d/f", "x").File(".wh.d").File("d/.wh.f")),
        Of("metadata of aufs", Harmless, _ => Tar().Directory(".wh..wh.plnk").File(".wh..wh.aufs", "x")),
        Of("overlayfs's own marks as attributes", Harmless, _ => Tar()
            .Pax(("SCHILY.xattr.trusted.overlay.redirect", "/etc"), ("SCHILY.xattr.user.overlay.redirect", "/etc"), ("SCHILY.xattr.trusted.overlay.metacopy", "")).Directory("d")),
    ];

    private static HostileArchive[] Names =>
    [
        Of("a name with NUL", Refused, _ => Tar().Pax(("path", "a\0/../../outside/evil")).File("x", "evil")),
        Of("a name of 256 bytes", Refused, _ => Tar().Pax(("path", Long('x', 256))).File("x")),
        Of("a path of 5000 bytes", Refused, _ => Tar().Pax(("path", string.Join('/', Enumerable.Repeat("xxxx", 1000)))).File("x")),
        Of("2000 directories in each other", Harmless, _ => Tar().Pax(("path", string.Join('/', Enumerable.Repeat("d", 2000)))).File("x", "deep")),
        Of("a name that is no text", Harmless, _ => Tar().Entry('0', "\u00ff\u00fe\u0080", content: TarBuilder.Bytes("x"))),
        Of("line feeds and escapes in a name", Harmless, _ => Tar().File("a\n\u001b[2J", "x")),
        Of("an empty name", Refused, _ => Tar().File("", "x")),
        Of("a GNU long name of a megabyte and more", Refused, _ => Tar().Entry('L', "././@LongLink", content: new byte[(1 << 20) + 1]).File("x")),
        Of("a GNU long name without its entry", Refused, _ => Tar().Entry('L', "././@LongLink", content: TarBuilder.Bytes("a\0"))),
        Of("several GNU long names for one entry", Harmless, _ => Tar().Entry('L', "a", content: TarBuilder.Bytes("../../outside/evil\0")).Entry('L', "b", content: TarBuilder.Bytes("good\0")).File("x", "x")),
        Of("a long name and a PAX name that contradict", Harmless, _ => Tar()
            .Entry('L', "a", content: TarBuilder.Bytes("../../outside/evil\0")).Pax(("path", "good")).File("x", "x")),
        Of("a PAX name that contradicts itself", Refused, _ => Tar().Pax(("path", "good"), ("path", "../../outside/evil")).File("x", "x")),
        Of("a global PAX name", Harmless, _ => Tar().Entry('g', "global", content: TarBuilder.Bytes("30 path=../../../outside/evil\n")).File("x", "x")),
        Of("a PAX record that is longer than its header", Refused, _ => Tar().Entry('x', "pax", content: TarBuilder.Bytes("99 path=x\n")).File("x")),
        Of("a PAX record of negative length", Refused, _ => Tar().Entry('x', "pax", content: TarBuilder.Bytes("-9 path=x\n")).File("x")),
        Of("a PAX record of length zero", Refused, _ => Tar().Entry('x', "pax", content: TarBuilder.Bytes("0 path=x\n")).File("x")),
        Of("a PAX record without a value", Refused, _ => Tar().Entry('x', "pax", content: TarBuilder.Bytes("7 path\n")).File("x")),
    ];

    private static HostileArchive[] Numbers =>
    [
        Of("a negative size in PAX", Refused, _ => Tar().Pax(("size", "-1")).File("x")),
        Of("a size beyond 64 bits in PAX", Refused, _ => Tar().Pax(("size", "99999999999999999999")).File("x")),
        Of("a size that is no number", Refused, _ => Tar().Pax(("size", "1e3")).File("x")),
        Of("a size larger than the archive", Refused, _ => Tar().Entry('0', "x", content: TarBuilder.Bytes("x"), patch: block => TarBuilder.Octal(block, 124, 12, 100_000))),
        Of("a size larger than allowed", Refused, _ => Tar().Entry('0', "x", patch: block => TarBuilder.Octal(block, 124, 12, 8L << 30))),
        Of("a negative size in base 256", Refused, _ => Tar().Entry('0', "x", patch: block => block.AsSpan(124, 12).Fill(0xFF))),
        Of("an endless size in base 256", Refused, _ => Tar().Entry('0', "x", patch: block =>
        {
            block.AsSpan(124, 12).Fill(0x7F);
            block[124] = 0x80;
        })),
        Of("a size in base 256 that fits", Harmless, _ => Tar().Entry('0', "x", content: TarBuilder.Bytes("x"), patch: block =>
        {
            block.AsSpan(124, 12).Clear();
            (block[124], block[135]) = (0x80, 1);
        })),
        Of("octal digits that are none", Refused, _ => Tar().Entry('0', "x", patch: block => TarBuilder.Bytes("00000000009").CopyTo(block, 124))),
        Of("two sizes that contradict", Refused, _ => Tar().Pax(("size", "2048")).File("x", "x")),
        Of("an owner of 32 bits and one more", Refused, _ => Tar().Pax(("uid", "4294967296")).File("x")),
        Of("the owner that means no change", Refused, _ => Tar().Pax(("uid", "4294967295"), ("gid", "4294967295")).File("x")),
        Of("a negative owner", Refused, _ => Tar().Pax(("gid", "-1")).File("x")),
        Of("a time at the end of all times", Harmless, _ => Tar().Pax(("mtime", "9223372036854775807")).File("x", "x")),
        Of("a time that is no number", Refused, _ => Tar().Pax(("mtime", "now")).File("x")),
        Of("a wrong checksum", Refused, _ => Tar().Raw([.. Tar().File("x", "x").ToArray()[..140], .. new byte[372]])),
        Of("more entries than allowed", Refused, _ => Enumerable.Range(0, 1001).Aggregate(Tar(), (tar, i) => tar.File($"f{i}"))),
        Of("one entry more often than allowed", Refused, _ => Enumerable.Range(0, 1001).Aggregate(Tar(), (tar, _) => tar.File("f"))),
    ];

    private static HostileArchive[] Sparse =>
    [
        Of("a sparse file of eight exabytes", Refused, _ => Tar().Pax(("GNU.sparse.map", ""), ("GNU.sparse.size", "9223372036854775807")).Entry('0', "x")),
        Of("a sparse map that overlaps itself", Refused, _ => Tar().Pax(("GNU.sparse.map", "0,300,100,212"), ("GNU.sparse.size", "512")).Entry('0', "x", content: new byte[512])),
        Of("a sparse map beyond the file", Refused, _ => Tar().Pax(("GNU.sparse.map", "600,512"), ("GNU.sparse.size", "512")).Entry('0', "x", content: new byte[512])),
        Of("a sparse map that overflows", Refused, _ => Tar().Pax(("GNU.sparse.map", "9223372036854775807,512"), ("GNU.sparse.size", "512")).Entry('0', "x", content: new byte[512])),
        Of("a negative sparse map", Refused, _ => Tar().Pax(("GNU.sparse.map", "-512,512"), ("GNU.sparse.size", "512")).Entry('0', "x", content: new byte[512])),
        Of("a sparse map with more data than there is", Refused, _ => Tar().Pax(("GNU.sparse.map", "0,4096"), ("GNU.sparse.size", "4096")).Entry('0', "x", content: new byte[512])),
        Of("a sparse map of a hundred billion parts", Refused, _ => Tar().Pax(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "100"))
            .Entry('0', "x", content: TarBuilder.Bytes("99999999999\n".PadRight(512, '\0')))),
        Raw("an old sparse map that goes on without end", Refused, _ => Enumerable.Range(0, 40).Aggregate(
            Tar().Entry('S', "x", patch: block =>
            {
                TarBuilder.Octal(block, 483, 12, 1 << 20);
                block[482] = 1;
            }),
            (tar, _) => tar.Raw([.. new byte[504], 1, .. new byte[7]])).ToArray(end: false)),
    ];

    private static HostileArchive[] Replacements =>
    [
        Of("a file as a directory", Refused, _ => Tar().File("a", "x").File("a/b", "x")),
        Of("a file in place of a directory with content", Harmless, _ => Tar().File("d/e/f", "x").File("d", "x")),
        Of("a name a hundred times, as everything there is", Harmless, outside => Enumerable.Range(0, 100).Aggregate(Tar(), (tar, i) => (i % 4) switch
        {
            0 => tar.File("x", "evil"),
            1 => tar.SymbolicLink("x", outside),
            2 => tar.Directory("x"),
            _ => tar.Entry('6', "x"),
        })),
        Of("a FIFO, and a file over it", Harmless, _ => Tar().Entry('6', "x").File("x", "x")),
        Of("a FIFO as a directory", Refused, _ => Tar().Entry('6', "x").File("x/y", "x")),
        Of("a directory without rights, and a file in it", Harmless, _ => Tar().Directory("d", 0).File("d/f", "x")),
        Of("a root without rights", Harmless, _ => Tar().Directory("./", 0).File("f", "x")),
        Of("set-user-id programs", Harmless, _ => Tar().File("su", "x", 0xFFF)),
    ];

    private static HostileArchive[] Streams =>
    [
        Raw("nothing but zeros", Harmless, _ => new byte[1024]),
        Raw("text", Refused, _ => Encoding.ASCII.GetBytes(Long('x', 2000))),
        Raw("noise", Refused, _ => Noise(4096)),
        Raw("an archive that ends in a header", Refused, _ => Tar().File("x", "x").ToArray(end: false)[..300]),
        Raw("an archive that ends in a file", Refused, _ => Tar().File("x", Long('x', 2000)).ToArray(end: false)[..1024]),
        Raw("an archive that ends after a PAX header", Refused, _ => Tar().Pax(("path", "x")).ToArray(end: false)),
        Raw("an archive behind zeros", Refused, _ => [.. new byte[512], .. Tar().File("x", "x").ToArray()]),
        Raw("an archive behind an archive's end", Harmless, _ => [.. Tar().File("a", "x").ToArray(), .. Tar().File("../../outside/evil", "evil").ToArray()]),
        Raw("an archive in an archive", Harmless, _ => Tar().Entry('0', "inner.tar", content: Tar().File("../../outside/evil", "evil").ToArray()).ToArray()),
        Raw("gzip that is cut off", Refused, _ => ImageFixture.Gzip(Tar().File("x", Encoding.Latin1.GetString(Noise(3000))).ToArray())[..1500]),
        Raw("gzip of noise", Refused, _ => ImageFixture.Gzip(Noise(5000))),
        Raw("gzip with a wrong check sum", Refused, _ => Flip(ImageFixture.Gzip(Tar().File("x", "x").ToArray()), 6)),
        Raw("gzip in gzip", Refused, _ => ImageFixture.Gzip(ImageFixture.Gzip(Tar().File("x", "x").ToArray()))),
        Raw("a gzip bomb", Refused, _ => Bomb()),
        Raw("zstd that is none", Refused, _ => [0x28, 0xB5, 0x2F, 0xFD, .. Noise(600)]),
        Raw("xz that is none", Refused, _ => [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, .. Noise(600)]),
        Raw("bzip2 that is none", Refused, _ => [.. "BZh9"u8, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, .. Noise(600)]),
        Of("an entry of an unknown type", Refused, _ => Tar().Entry('Z', "x")),
    ];

    private static HostileArchive[] Devices =>
    [
        Of("the disk of this machine", Harmless, _ => Tar().Entry('4', "dev/sda", device: (8, 0), mode: 511)),
        Of("its memory, and a file over it", Harmless, _ => Tar().Entry('3', "dev/mem", device: (1, 1)).File("dev/mem", "x")),
        Of("a device with an impossible number", Refused, _ => Tar().Entry('3', "d", device: (4096, 0))),
        Of("a device with a negative number", Refused, _ => Tar().Entry('3', "d", patch: block => block.AsSpan(329, 8).Fill(0xFF))),
        Of("overlayfs's whiteout as a device", Harmless, _ => Tar().Entry('3', "d")),
    ];

    private static byte[] Noise(int length)
    {
        byte[] noise = new byte[length];
        new Random(7).NextBytes(noise);
        return noise;
    }

    private static byte[] Flip(byte[] content, int fromEnd)
    {
        content[^fromEnd] ^= 1;
        return content;
    }

    private static byte[] Bomb()
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(Tar().Entry('0', "zeros", patch: block => TarBuilder.Octal(block, 124, 12, 64 << 20)).ToArray(end: false));
            for (int i = 0; i < 64; i++)
            {
                gzip.Write(new byte[1 << 20]);
            }
        }
        return compressed.ToArray();
    }
}

using System.Text;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Ownership;
using ContainerKit.Storage.Unpacking;
using Xunit;

namespace ContainerKit.Tests.Storage;

public sealed class LayerUnpackingTests : IDisposable
{
    private readonly LayerUnpackingFixture _layer = new();

    public void Dispose() => _layer.Dispose();

    [Fact]
    public async Task Files_directories_and_links_get_mode_and_time()
    {
        await _layer.UnpackAsync(new TarBuilder()
            .Directory("./", 0x16D)
            .Pax(("mtime", "1234.567890123"))
            .Directory("etc/", 0x1C0)
            .Pax(("mtime", "-1.25"))
            .File("etc/passwd", "root", 0x120)
            .File("bin/su", "program", 0x9ED)
            .SymbolicLink("etc/link", "/nowhere/at all")
            .HardLink("etc/second", "etc/passwd")
            .Entry('6', "fifo", mode: 0x180));

        Assert.Equal("root", File.ReadAllText(_layer["etc/second"]));
        FileStatus directory = _layer.Status("etc")!.Value;
        Assert.Equal((0x1C0u, 1234L, 567890123u), (directory.Mode, directory.ModifiedSeconds, directory.ModifiedNanoseconds));
        FileStatus file = _layer.Status("etc/passwd")!.Value;
        Assert.Equal((0x120u, -2L, 750000000u, 2L), (file.Mode, file.ModifiedSeconds, file.ModifiedNanoseconds, file.LinkCount));
        Assert.Equal(0x9EDu, _layer.Status("bin/su")!.Value.Mode);
        Assert.Equal(0x1EDu, _layer.Status("bin")!.Value.Mode);
        Assert.Equal(FileType.Fifo, _layer.Status("fifo")!.Value.Type);
        Assert.Equal("/nowhere/at all", new FileInfo(_layer["etc/link"]).LinkTarget);
        Assert.Equal(1_600_000_000, _layer.Status("etc/link")!.Value.ModifiedSeconds);
        Assert.Equal(0x16Du, _layer.Status("")!.Value.Mode);
    }

    [Fact]
    public async Task An_archive_may_end_with_the_content_of_its_last_file()
    {
        byte[] archive = new TarBuilder().File("a", new string('x', 700)).ToArray(end: false);

        await _layer.UnpackAsync(archive[..(512 + 700)]);
        await Assert.ThrowsAsync<InvalidContentException>(() => _layer.UnpackAsync(archive[..(512 + 701)]));

        Assert.Equal(new string('x', 700), File.ReadAllText(_layer["a"]));
    }

    [Fact]
    public async Task Owners_are_kept_as_root_and_squashed_otherwise()
    {
        await _layer.UnpackAsync(new TarBuilder { Uid = 1234, Gid = 5678 }
            .Directory("home", 0x5FD)
            .File("home/file", "x", 0xDED)
            .SymbolicLink("home/link", "file")
            .Pax(("uid", "4000000000"), ("gid", "3000000"))
            .File("home/large", "x"));
        foreach (string path in (string[])["home", "home/file", "home/link"])
        {
            FileStatus status = _layer.Status(path)!.Value;
            FileStatus root = _layer.Status("")!.Value;
            (uint, uint) expected = Environment.IsPrivilegedProcess ? (1234, 5678) : (root.UserId, root.GroupId);
            Assert.Equal(expected, (status.UserId, status.GroupId));
        }
        Assert.Equal(0xDEDu, _layer.Status("home/file")!.Value.Mode);
        Assert.Equal(0x5FDu, _layer.Status("home")!.Value.Mode);
        if (Environment.IsPrivilegedProcess)
        {
            Assert.Equal(4000000000, _layer.Status("home/large")!.Value.UserId);
        }
    }

    [Fact]
    public async Task A_set_group_id_directory_does_not_pass_its_group_on()
    {
        await _layer.UnpackAsync(new TarBuilder { Gid = 50 }.Directory("var", 0x5FD).File("var/own", "x"));
        using var second = new LayerUnpackingFixture();
        var archive = new TarBuilder { Gid = 50 };
        archive.Directory("var", 0x5FD);
        archive.Gid = 0;
        await second.UnpackAsync(archive.File("var/file", "x").File("var/implicit/file", "x"));
        Assert.Equal(second.Status("")!.Value.GroupId, second.Status("var/file")!.Value.GroupId);
        Assert.Equal(second.Status("")!.Value.GroupId, second.Status("var/implicit")!.Value.GroupId);
        Assert.Equal(0x1EDu, second.Status("var/implicit")!.Value.Mode);
    }

    [Fact]
    public async Task Devices_are_made_as_root_and_left_out_otherwise()
    {
        UnpackedLayer unpacked = await _layer.UnpackAsync(new TarBuilder().Entry('3', "null", mode: 438, device: (1, 3)).Entry('4', "disk", device: (259, 1048575)));
        if (Environment.IsPrivilegedProcess)
        {
            FileStatus status = _layer.Status("disk")!.Value;
            Assert.Equal((FileType.BlockDevice, 259u, 1048575u), (status.Type, status.NodeMajor, status.NodeMinor));
            Assert.Equal((FileType.CharacterDevice, 438u), (_layer.Status("null")!.Value.Type, _layer.Status("null")!.Value.Mode));
        }
        else
        {
            Assert.Null(_layer.Status("null"));
            Assert.Equal(2, unpacked.SkippedDevices);
        }
    }

    [Fact]
    public async Task Names_of_any_bytes_and_length_are_kept()
    {
        string component = new('n', 255);
        string path = string.Join('/', Enumerable.Repeat(component, 15));
        await _layer.UnpackAsync(new TarBuilder()
            .Entry('L', "././@LongLink", content: TarBuilder.Bytes(path + "\0"), magic: "ustar  \0")
            .Entry('0', component[..100], content: TarBuilder.Bytes("long"), magic: "ustar  \0")
            .Entry('K', "././@LongLink", content: TarBuilder.Bytes(path + "\0"), magic: "ustar  \0")
            .Entry('2', "long-link", link: component[..100], magic: "ustar  \0")
            .Pax(("path", "p\u00ff\u00fe\nq"), ("linkpath", "\u0080"))
            .SymbolicLink("ignored", "ignored")
            .File("raw\u00e9", "latin")
            .Entry('0', "name", content: TarBuilder.Bytes("x"), patch: block => TarBuilder.Bytes("pre/fix").CopyTo(block, 345)));
        Assert.Equal("long", File.ReadAllText(_layer[path]));
        Assert.Equal(path, new FileInfo(_layer["long-link"]).LinkTarget);
        Assert.Equal(FileType.SymbolicLink, _layer.Status("p\u00ff\u00fe\nq")!.Value.Type);
        Assert.Equal(5, _layer.Status("raw\u00e9")!.Value.Size);
        Assert.True(File.Exists(_layer["pre/fix/name"]));
    }

    [Fact]
    public async Task Extended_attributes_are_kept_but_not_those_of_overlayfs()
    {
        byte[] capability = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        await _layer.UnpackAsync(new TarBuilder()
            .Pax(("SCHILY.xattr.user.note", "a\0b\n"), ("SCHILY.xattr.user.overlay.opaque", "y"), ("SCHILY.xattr.trusted.overlay.opaque", "y"))
            .Directory("dir", 0x16D)
            .Pax(
                ("SCHILY.xattr.user.note", "x"), ("SCHILY.xattr.user.overlay.metacopy", ""), ("SCHILY.xattr.trusted.overlay.redirect", "/etc/shadow"),
                ("SCHILY.xattr.security.capability", Encoding.Latin1.GetString(capability)), ("SCHILY.xattr.security.selinux", "label"))
            .File("file", "x", 0x124)
            .Pax(("SCHILY.xattr.user.note", "x"))
            .SymbolicLink("link", "file"));
        Assert.Equal(TarBuilder.Bytes("a\0b\n"), _layer.Attribute("dir", "user.note"u8));
        Assert.Equal("x"u8.ToArray(), _layer.Attribute("file", "user.note"u8));
        Assert.False(_layer.IsOpaque("dir"));
        Assert.Null(_layer.Attribute("dir", "user.overlay.opaque"u8));
        Assert.Null(_layer.Attribute("file", "user.overlay.metacopy"u8));
        Assert.Null(_layer.Attribute("file", "trusted.overlay.redirect"u8));
        Assert.Equal(Environment.IsPrivilegedProcess ? capability : null, _layer.Attribute("file", "security.capability"u8));
    }

    [Fact]
    public async Task Whiteouts_and_opaque_markers_become_those_of_overlayfs()
    {
        await _layer.UnpackAsync(new TarBuilder()
            .File("etc/.wh.passwd")
            .File("opt/.wh..wh..opq")
            .File("opt/kept", "x")
            .File(".wh..wh.aufs", "x")
            .File(".wh.gone").File("gone/again", "x")
            .Directory("own").File("own/file").File(".wh.own")
            .File("plain", "x").File(".wh.plain")
            .Entry('3', "raw", device: (0, 0)));
        Assert.True(_layer.Status("etc/passwd")!.Value.IsOverlayWhiteout);
        Assert.True(_layer.IsOpaque("opt"));
        Assert.True(File.Exists(_layer["opt/kept"]));
        Assert.Null(_layer.Status(".wh..wh.aufs"));
        Assert.True(_layer.IsOpaque("gone"));
        Assert.True(_layer.IsOpaque("own"));
        Assert.True(File.Exists(_layer["own/file"]));
        Assert.Equal(FileType.Regular, _layer.Status("plain")!.Value.Type);
        Assert.True(_layer.Status("raw")!.Value.IsOverlayWhiteout);
        Assert.DoesNotContain(Directory.GetFileSystemEntries(_layer.Layer, ".wh*", SearchOption.AllDirectories), _ => true);
    }

    [Theory]
    [InlineData(".wh.")]
    [InlineData("a/.wh..")]
    [InlineData("a/.wh...")]
    public Task A_whiteout_needs_a_name(string name)
        => Assert.ThrowsAsync<InvalidContentException>(() => _layer.UnpackAsync(new TarBuilder().File(name)));

    [Fact]
    public async Task Later_entries_replace_earlier_ones()
    {
        await _layer.UnpackAsync(new TarBuilder()
            .File("a", "first").File("a", "second")
            .File("b", "file").Directory("b").File("b/in", "x")
            .Directory("c").File("c/in", "x").File("c", "file")
            .Directory("d", 0x1C0).File("d/in", "x").Directory("d", 0x1ED)
            .File("e", "file").SymbolicLink("e", "a")
            .SymbolicLink("f", "b").Directory("f").File("f/in", "x"));
        Assert.Equal("second", File.ReadAllText(_layer["a"]));
        Assert.True(File.Exists(_layer["b/in"]));
        Assert.Equal("file", File.ReadAllText(_layer["c"]));
        Assert.True(File.Exists(_layer["d/in"]));
        Assert.Equal(0x1EDu, _layer.Status("d")!.Value.Mode);
        Assert.Equal("a", new FileInfo(_layer["e"]).LinkTarget);
        Assert.Equal(FileType.Directory, _layer.Status("f")!.Value.Type);
    }

    [Fact]
    public async Task Links_on_the_way_are_followed_inside_the_layer()
    {
        await _layer.UnpackAsync(new TarBuilder()
            .Directory("usr/lib", 0x1ED).SymbolicLink("lib", "/usr/lib").SymbolicLink("up", "../../..")
            .File("lib/a", "a").File("lib/sub/b", "b").File("up/c", "c").HardLink("d", "lib/a"));
        Assert.Equal("a", File.ReadAllText(_layer["usr/lib/a"]));
        Assert.Equal("b", File.ReadAllText(_layer["usr/lib/sub/b"]));
        Assert.Equal("c", File.ReadAllText(_layer["c"]));
        Assert.Equal("a", File.ReadAllText(_layer["d"]));
    }

    [Fact]
    public async Task Owners_that_need_a_namespace_are_deferred_in_an_order_that_works()
    {
        var ownership = new RecordingOwnership();
        _layer.Ownership = ownership;
        var archive = new TarBuilder().Directory("usr").SymbolicLink("alias", "usr");
        archive.Uid = 1000;
        archive.Gid = 100;
        await _layer.UnpackAsync(archive
            .Directory("alias/home", 0x1C0).File("alias/home/su", "x", 0x9ED).SymbolicLink("usr/home/link", "/x")
            .HardLink("usr/home/hard", "alias/home/su")
            .File("removed", "x").File("tree/removed", "x").File("tree", "replaced"));
        Assert.Equal(
            ["removed", "tree", "usr/home", "usr/home/hard", "usr/home/link", "usr/home/su"],
            ownership.Changes.Select(change => Encoding.UTF8.GetString(change.Path)).Order(StringComparer.Ordinal));
        OwnershipChange[] changes = [.. ownership.Changes];
        int home = Array.FindIndex(changes, change => change.Path.AsSpan().SequenceEqual("usr/home"u8));
        int inside = Array.FindIndex(changes, change => change.Path.AsSpan().SequenceEqual("usr/home/su"u8));
        Assert.True(inside < home);
        Assert.Equal((1000u, 100u, 0x9EDu, FileType.Regular), (changes[inside].UserId, changes[inside].GroupId, changes[inside].Mode, changes[inside].Type));
        Assert.Equal(0x1EDu, _layer.Status("usr/home/su")!.Value.Mode);
    }

    [Fact]
    public async Task Owners_outside_of_the_ranges_are_refused()
    {
        _layer.Ownership = new RecordingOwnership { Max = 65535 };
        UnsupportedException error = await Assert.ThrowsAsync<UnsupportedException>(() => _layer.UnpackAsync(new TarBuilder { Uid = 65536 }.File("a")));
        Assert.Contains("65536", error.Message, StringComparison.Ordinal);
    }

    private sealed class RecordingOwnership : IFileOwnership
    {
        public uint Max { get; init; } = uint.MaxValue;

        public IReadOnlyList<OwnershipChange> Changes { get; private set; } = [];

        public OwnershipMode Mode => OwnershipMode.Deferred;

        public OwnerView View { get; } = new(null);

        public ValueTask<RootedDirectory> OpenAsync(string path, CancellationToken cancellationToken) => ValueTask.FromResult(RootedDirectory.Open(path));

        public bool CanMap(uint uid, uint gid) => uid <= Max && gid <= Max;

        public ValueTask ApplyAsync(string root, IReadOnlyList<OwnershipChange> changes, CancellationToken cancellationToken)
        {
            Changes = changes;
            return ValueTask.CompletedTask;
        }

        public ValueTask TakeAsync(string root, IReadOnlyList<byte[]> directories, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}

using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Unpacking;
using Xunit;

namespace ContainerKit.Tests.Storage;

public sealed class HostileLayerTests : IDisposable
{
    private readonly LayerUnpackingFixture _layer = new();

    public void Dispose()
    {
        _layer.AssertOutsideIsUntouched();
        _layer.Dispose();
    }

    private Task<InvalidContentException> RefusesAsync(TarBuilder archive)
        => Assert.ThrowsAsync<InvalidContentException>(() => _layer.UnpackAsync(archive));

    [Theory]
    [InlineData("../outside/evil")]
    [InlineData("/../outside/evil")]
    [InlineData("a/../../outside/evil")]
    [InlineData("..")]
    [InlineData("a/b/../../../layer/evil")]
    public Task A_path_that_leads_out_is_refused(string name) => RefusesAsync(new TarBuilder().Directory("a").File(name, "evil"));

    [Fact]
    public async Task An_absolute_path_stays_inside()
    {
        await _layer.UnpackAsync(new TarBuilder().File(_layer.Outside + "/evil", "evil").File("a/./b/../../c", "c"));
        Assert.True(File.Exists(_layer[_layer.Outside.TrimStart('/') + "/evil"]));
        Assert.Equal("c", File.ReadAllText(_layer["c"]));
    }

    [Fact]
    public async Task A_link_to_the_outside_leads_inside()
    {
        await _layer.UnpackAsync(new TarBuilder()
            .Directory(_layer.Outside.TrimStart('/'))
            .SymbolicLink("absolute", _layer.Outside)
            .SymbolicLink("relative", "../outside")
            .Directory("outside")
            .File("absolute/victim", "evil").File("relative/victim", "evil"));
        Assert.Equal("evil", File.ReadAllText(_layer[_layer.Outside.TrimStart('/') + "/victim"]));
        Assert.Equal("evil", File.ReadAllText(_layer["outside/victim"]));
    }

    [Fact]
    public async Task A_file_over_a_link_replaces_the_link_and_not_its_target()
    {
        string victim = Path.Combine(_layer.Outside, "victim");
        await _layer.UnpackAsync(new TarBuilder().SymbolicLink("link", victim).File("link", "evil", 0x1FF));
        Assert.Equal("evil", File.ReadAllText(_layer["link"]));
        Assert.Equal(FileType.Regular, _layer.Status("link")!.Value.Type);
    }

    [Fact]
    public async Task A_directory_over_a_link_to_the_outside_changes_nothing_there()
    {
        await _layer.UnpackAsync(new TarBuilder().SymbolicLink("d", _layer.Outside).Directory("d", 0).File("d/.wh..wh..opq"));
        Assert.Equal(FileType.Directory, _layer.Status("d")!.Value.Type);
    }

    [Fact]
    public Task A_link_that_leads_nowhere_is_no_directory() => RefusesAsync(new TarBuilder().SymbolicLink("d", "/missing").File("d/file"));

    [Fact]
    public Task A_link_loop_is_no_directory() => RefusesAsync(new TarBuilder().SymbolicLink("a", "b").SymbolicLink("b", "a").File("a/file"));

    [Fact]
    public Task A_file_is_no_directory() => RefusesAsync(new TarBuilder().File("a").File("a/b"));

    [Theory]
    [InlineData("../outside/victim")]
    [InlineData("/outside/victim")]
    [InlineData("missing")]
    [InlineData("directory")]
    [InlineData("/")]
    [InlineData("")]
    public Task A_hard_link_needs_a_file_of_the_layer(string target) => RefusesAsync(new TarBuilder().Directory("directory").HardLink("link", target));

    [Fact]
    public Task A_hard_link_through_a_link_stays_inside()
        => RefusesAsync(new TarBuilder().SymbolicLink("out", "../outside").HardLink("link", "out/victim"));

    [Fact]
    public async Task A_hard_link_to_a_link_is_a_link_and_changes_nothing_behind_it()
    {
        string victim = Path.Combine(_layer.Outside, "victim");
        await _layer.UnpackAsync(new TarBuilder().SymbolicLink("link", victim).HardLink("hard", "link").File("hard", "evil"));
        Assert.Equal("evil", File.ReadAllText(_layer["hard"]));
        Assert.Equal(victim, new FileInfo(_layer["link"]).LinkTarget);
    }

    [Fact]
    public async Task A_hard_link_to_itself_keeps_the_file()
    {
        await _layer.UnpackAsync(new TarBuilder().File("a", "x").HardLink("a", "a").HardLink("b", "a").HardLink("a", "b"));
        Assert.Equal("x", File.ReadAllText(_layer["a"]));
    }

    [Fact]
    public Task A_hard_link_can_not_replace_its_own_target() => RefusesAsync(new TarBuilder().File("a/b/c", "x").HardLink("a", "a/b/c"));

    [Fact]
    public Task The_root_is_a_directory() => RefusesAsync(new TarBuilder().SymbolicLink("./", "/etc"));

    [Fact]
    public Task A_name_with_NUL_is_refused() => RefusesAsync(new TarBuilder().Pax(("path", "a\0b")).File("x"));

    [Fact]
    public Task A_component_that_is_too_long_is_refused() => RefusesAsync(new TarBuilder().Pax(("path", new string('x', 256))).File("x"));

    [Fact]
    public Task A_path_that_is_too_long_is_refused()
        => RefusesAsync(new TarBuilder().Pax(("path", string.Join('/', Enumerable.Repeat("xxx", 1100)))).File("x"));

    [Fact]
    public async Task A_deep_tree_is_unpacked_and_removed()
    {
        string path = string.Join('/', Enumerable.Repeat("d", 2000));
        await _layer.UnpackAsync(new TarBuilder().Pax(("path", path)).File("x", "deep").Pax(("path", path[..^2])).Directory("x", 0));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("4294967295")]
    [InlineData("4294967296")]
    [InlineData("12x")]
    public Task An_impossible_owner_is_refused(string uid) => RefusesAsync(new TarBuilder().Pax(("uid", uid)).File("x"));

    [Theory]
    [InlineData("-1")]
    [InlineData("9223372036854775808")]
    [InlineData("1e3")]
    public Task An_impossible_size_is_refused(string size) => RefusesAsync(new TarBuilder().Pax(("size", size)).File("x"));

    [Fact]
    public async Task More_entries_than_allowed_are_refused()
    {
        _layer.Limits = new LayerLimits { MaxEntries = 2 };
        await RefusesAsync(new TarBuilder().File("a").File("b").File("c"));
    }

    [Fact]
    public async Task More_content_than_allowed_is_refused()
    {
        _layer.Limits = new LayerLimits { MaxApparentSize = 10 };
        await RefusesAsync(new TarBuilder().File("a", "123456").File("b", "123456"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a tar archive at all")]
    public async Task Something_else_is_refused(string content)
    {
        byte[] bytes = new byte[1024];
        TarBuilder.Bytes(content).CopyTo(bytes, 0);
        if (content.Length > 0)
        {
            await Assert.ThrowsAsync<InvalidContentException>(() => _layer.UnpackAsync(bytes));
        }
        else
        {
            Assert.Equal(0, (await _layer.UnpackAsync(bytes)).Entries);
        }
    }

    [Fact]
    public async Task An_archive_cut_off_anywhere_is_refused_or_ends_between_entries()
    {
        byte[] archive = new TarBuilder().Pax(("mtime", "1.5")).File("a", new string('x', 700)).Directory("b").ToArray(end: false);
        for (int length = 1; length < archive.Length; length += 100)
        {
            using var layer = new LayerUnpackingFixture();
            if (length % 512 != 0)
            {
                await Assert.ThrowsAsync<InvalidContentException>(() => layer.UnpackAsync(archive[..length]));
            }
        }
    }

    [Fact]
    public async Task Damaged_archives_never_do_more_than_fail()
    {
        byte[] archive = new TarBuilder().Pax(("mtime", "1.5"), ("SCHILY.xattr.user.a", "b")).File("a", "content").SymbolicLink("l", "../outside")
            .HardLink("h", "a").File("l/victim", "x").File(".wh.z").ToArray();
        var random = new Random(1);
        for (int i = 0; i < 400; i++)
        {
            byte[] damaged = [.. archive];
            for (int j = 0; j < 1 + (i % 5); j++)
            {
                int position = random.Next(damaged.Length);
                damaged[position] = (byte)random.Next(256);
                Checksum(damaged, position / 512 * 512);
            }
            using var layer = new LayerUnpackingFixture();
            try
            {
                await layer.UnpackAsync(damaged);
            }
            catch (Exception e) when (e is InvalidContentException or ContainerKit.Linux.LinuxException)
            {
            }
            layer.AssertOutsideIsUntouched();
        }
    }

    private static void Checksum(byte[] archive, int block)
    {
        archive.AsSpan(block + 148, 8).Fill((byte)' ');
        byte[] copy = archive[block..(block + 512)];
        TarBuilder.Octal(archive, block + 148, 7, copy.Sum(b => b));
    }
}

using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Tar;
using ContainerKit.Storage.Unpacking;
using ContainerKit.TestSupport.Files;
using Xunit;

namespace ContainerKit.Tests.Storage.Packing;

/// <summary>What an archive can't do to the tree that it is extracted into, and to what is outside of it.</summary>
public sealed class TreeExtractionTests : IDisposable
{
    private readonly TemporaryDirectory _temp = new();

    public TreeExtractionTests()
    {
        Directory.CreateDirectory(_temp["root/target"]);
        Directory.CreateDirectory(_temp["root/inside"]);
        Directory.CreateDirectory(_temp["outside"]);
        File.WriteAllText(_temp["outside/victim"], "untouched");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("../outside/victim")]
    [InlineData("a/../../outside/victim")]
    [InlineData("/../../outside/victim")]
    public async Task A_name_that_leads_out_is_refused(string name)
        => await RefusesAsync(new TarBuilder().File(name, "changed"));

    [Fact]
    public async Task An_absolute_name_is_one_below_the_target()
    {
        await ExtractAsync(new TarBuilder().File("/outside/victim", "changed"));
        Assert.Equal("changed", File.ReadAllText(_temp["root/target/outside/victim"]));
    }

    [Theory]
    [InlineData("/outside")]
    [InlineData("../../outside")]
    [InlineData("../outside")]
    public async Task Nothing_is_put_behind_a_link_of_the_archive(string link)
        => await RefusesAsync(new TarBuilder().SymbolicLink("link", link.StartsWith('/') ? _temp["outside"] : link).File("link/victim", "changed"));

    [Fact]
    public async Task A_link_of_the_tree_leads_to_a_place_inside_when_that_is_wanted()
    {
        File.CreateSymbolicLink(_temp["root/target/link"], "/inside");
        await ExtractAsync(new TarBuilder().File("link/new", "content"), followsLinks: true);
        Assert.Equal("content", File.ReadAllText(_temp["root/inside/new"]));
    }

    [Theory]
    [InlineData("../../outside")]
    [InlineData("../../../../../../../../outside")]
    public async Task A_link_of_the_tree_never_leads_out(string link)
    {
        File.CreateSymbolicLink(_temp["root/target/link"], link);
        await RefusesAsync(new TarBuilder().File("link/victim", "changed"), followsLinks: true);
    }

    [Fact]
    public async Task A_file_replaces_a_link_and_not_what_it_leads_to()
    {
        File.CreateSymbolicLink(_temp["root/target/link"], _temp["outside/victim"]);
        await ExtractAsync(new TarBuilder().File("link", "mine"));
        Assert.Null(File.ResolveLinkTarget(_temp["root/target/link"], false));
        Assert.Equal("mine", File.ReadAllText(_temp["root/target/link"]));
    }

    [Theory]
    [InlineData("../../outside/victim")]
    [InlineData("/outside/victim")]
    [InlineData("missing")]
    [InlineData(".")]
    public async Task A_hard_link_to_something_else_is_refused(string target)
        => await RefusesAsync(new TarBuilder().HardLink("link", target));

    [Fact]
    public async Task A_hard_link_through_a_link_is_refused()
        => await RefusesAsync(new TarBuilder().SymbolicLink("link", _temp["outside"]).HardLink("stolen", "link/victim"));

    [Fact]
    public async Task Devices_are_refused_where_they_are_not_wanted()
        => await Assert.ThrowsAsync<UnsupportedException>(() => ExtractAsync(new TarBuilder().Entry('3', "sda", device: (8, 0))));

    [Fact]
    public async Task Set_user_id_bits_are_dropped_where_they_are_not_wanted()
    {
        await ExtractAsync(new TarBuilder().File("program", "x", mode: Convert.ToInt32("6755", 8)));
        Assert.Equal(Convert.ToInt32("755", 8), (int)File.GetUnixFileMode(_temp["root/target/program"]));
    }

    [Theory]
    [InlineData(true, "cannot overwrite directory \"x\" with non-directory")]
    [InlineData(false, "cannot overwrite non-directory \"x\" with directory")]
    public async Task Types_are_kept_when_that_is_wanted(bool isDirectory, string message)
    {
        if (isDirectory)
        {
            Directory.CreateDirectory(_temp["root/target/x/y"]);
        }
        else
        {
            File.WriteAllText(_temp["root/target/x"], "old");
        }
        TarBuilder archive = isDirectory ? new TarBuilder().File("x", "new") : new TarBuilder().Directory("x/");

        ConflictException conflict = await Assert.ThrowsAsync<ConflictException>(() => ExtractAsync(archive, keepsTypes: true));
        Assert.Contains(message, conflict.Message, StringComparison.Ordinal);
        Assert.Equal(isDirectory, Directory.Exists(_temp["root/target/x/y"]));

        await ExtractAsync(isDirectory ? new TarBuilder().File("x", "new") : new TarBuilder().Directory("x/"));
        Assert.Equal(!isDirectory, Directory.Exists(_temp["root/target/x"]));
    }

    private async Task RefusesAsync(TarBuilder archive, bool followsLinks = false)
    {
        await Assert.ThrowsAsync<InvalidContentException>(() => ExtractAsync(archive, followsLinks));
        Assert.Equal(["victim"], Directory.GetFileSystemEntries(_temp["outside"]).Select(Path.GetFileName));
        Assert.Equal("untouched", File.ReadAllText(_temp["outside/victim"]));
    }

    private async Task ExtractAsync(TarBuilder archive, bool followsLinks = false, bool keepsTypes = false)
    {
        using RootedDirectory root = RootedDirectory.Open(_temp["root"]);
        using RootedDirectory target = root.OpenDirectory("target"u8);
        using var input = new TarInput(new MemoryStream(archive.ToArray()));
        using var extractor = new TreeExtractor(root, target, "target"u8.ToArray(), new ExtractionOptions { FollowsLinks = followsLinks, KeepsTypes = keepsTypes }, new LayerLimits());
        await extractor.ExtractAsync(new TarReader(input), Token);
    }
}

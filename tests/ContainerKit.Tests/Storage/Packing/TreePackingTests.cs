using System.Text;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage;
using ContainerKit.Storage.Ownership;
using ContainerKit.Storage.Packing;
using ContainerKit.Storage.Tar;
using ContainerKit.Storage.Unpacking;
using ContainerKit.TestSupport.Files;
using Xunit;

namespace ContainerKit.Tests.Storage.Packing;

public sealed class TreePackingTests : IDisposable
{
    private readonly TemporaryDirectory _temp = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12)];

    public void Dispose() => _temp.Dispose();

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Any_tree_is_the_same_after_packing_and_unpacking(int seed)
    {
        string source = Make("source");
        new GeneratedTree(seed).Create(source);
        byte[] archive = await PackAsync(source);
        string target = Make("target");
        using var input = new TarInput(new MemoryStream(archive));
        IFileOwnership ownership = Environment.IsPrivilegedProcess ? new DirectOwnership() : new SquashedOwnership();
        await LayerUnpacker.UnpackAsync(input, target, ownership, OverlayAttributeNames.Default, new LayerLimits(), Token);

        Assert.Equal(GeneratedTree.Describe(source), GeneratedTree.Describe(target));
        Assert.Equal(archive, await PackAsync(target));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Any_tree_is_the_same_after_being_extracted_into_one(int seed)
    {
        string source = Make("source");
        new GeneratedTree(seed).Create(source);
        byte[] archive = await PackAsync(source);
        string target = Make("target");

        await ExtractAsync(archive, target);
        Assert.Equal(GeneratedTree.Describe(source), GeneratedTree.Describe(target));
        await ExtractAsync(archive, target); // over what is there
        Assert.Equal(GeneratedTree.Describe(source), GeneratedTree.Describe(target));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task GNU_tar_reads_every_archive_as_it_is_meant(int seed)
    {
        Require("tar");
        string source = Make("source");
        new GeneratedTree(seed).Create(source);
        await File.WriteAllBytesAsync(_temp["archive.tar"], await PackAsync(source, keepsHoles: true), Token);
        string target = Make("target");

        TemporaryDirectory.Run("tar", "-x", "-p", "--xattrs", "--xattrs-include=*", "--delay-directory-restore", "-f", _temp["archive.tar"], "-C", target);

        Assert.Equal(GeneratedTree.Describe(source), GeneratedTree.Describe(target));
    }

    [Theory]
    [InlineData("gnu")]
    [InlineData("posix")]
    public async Task What_GNU_tar_packs_is_extracted_as_it_is_meant(string format)
    {
        Require("tar");
        string source = Make("source");
        new GeneratedTree(99).Create(source);
        string[] attributes = format == "posix" ? ["--xattrs", "--xattrs-include=*"] : [];
        TemporaryDirectory.Run("tar", ["-c", "-S", "--numeric-owner", "--format=" + format, .. attributes, "-f", _temp["archive.tar"], "-C", source, "."]);
        string target = Make("target");

        await ExtractAsync(await File.ReadAllBytesAsync(_temp["archive.tar"], Token), target);

        if (format == "posix")
        {
            Assert.Equal(GeneratedTree.Describe(source), GeneratedTree.Describe(target));
        }
        else
        {
            Assert.Equal(GeneratedTree.Describe(source).Split('\n').Select(PathOf), GeneratedTree.Describe(target).Split('\n').Select(PathOf));
        }
    }

    [Fact]
    public async Task A_tree_gives_the_same_archive_wherever_and_in_whatever_order_it_was_made()
    {
        foreach ((string root, string[] names) in (ReadOnlySpan<(string, string[])>)[("one", ["a", "b", "c"]), ("two", ["c", "a", "b"])])
        {
            foreach (string name in names)
            {
                File.WriteAllText(Path.Combine(Make(root), name), name);
                File.SetLastWriteTimeUtc(_temp[root + "/" + name], DateTime.UnixEpoch.AddDays(1));
            }
        }

        Assert.Equal(await PackAsync(_temp["one"]), await PackAsync(_temp["two"]));
    }

    [Fact]
    public async Task Whether_zeros_of_a_sparse_file_are_allocated_makes_no_difference()
    {
        foreach (string name in (string[])["one", "two"])
        {
            Make(name);
            using var file = File.OpenHandle(_temp[name + "/sparse"], FileMode.CreateNew, FileAccess.Write);
            RandomAccess.SetLength(file, 10 << 20);
            RandomAccess.Write(file, "data"u8, 5 << 20);
            if (name == "two")
            {
                RandomAccess.Write(file, new byte[5 << 20], 0);
                RandomAccess.Write(file, new byte[(5 << 20) - 4], (5 << 20) + 4);
            }
        }
        Array.ForEach(["one", "two"], name => File.SetLastWriteTimeUtc(_temp[name + "/sparse"], DateTime.UnixEpoch));

        byte[] archive = await PackAsync(_temp["one"]);
        Assert.Equal(archive, await PackAsync(_temp["two"]));
        Assert.InRange(archive.Length, 10 << 20, int.MaxValue);

        // Docker and podman could not give back what has the marks of sparse files.
        Assert.Equal(-1, archive.AsSpan().IndexOf("GNU.sparse"u8));
    }

    [Fact]
    public async Task Overlay_marks_become_whiteouts_and_back()
    {
        string upper = Make("upper");
        Directory.CreateDirectory(Path.Combine(upper, "opaque"));
        using (RootedDirectory directory = RootedDirectory.Open(upper))
        {
            directory.CreateWhiteout("gone"u8);
            directory.SetExtendedAttribute("opaque"u8, OverlayAttributeNames.Default.Opaque(), "y"u8);
        }
        byte[] archive = await PackAsync(upper, OverlayAttributeNames.Default);
        Assert.Equal([".wh.gone", "opaque/", "opaque/.wh..wh..opq"], await NamesAsync(archive));

        string layer = Make("layer");
        using var input = new TarInput(new MemoryStream(archive));
        IFileOwnership ownership = Environment.IsPrivilegedProcess ? new DirectOwnership() : new SquashedOwnership();
        await LayerUnpacker.UnpackAsync(input, layer, ownership, OverlayAttributeNames.Default, new LayerLimits(), Token);
        Assert.Equal(archive, await PackAsync(layer, OverlayAttributeNames.Default));
    }

    [Fact]
    public async Task Layers_are_packed_as_overlayfs_shows_them()
    {
        string[] layers = [Make("top"), Make("base")];
        Directory.CreateDirectory(Path.Combine(layers[1], "both"));
        Directory.CreateDirectory(Path.Combine(layers[0], "both"));
        foreach (string file in (string[])["top/both/a", "base/both/b", "base/both/c", "base/gone", "base/stays"])
        {
            File.WriteAllText(_temp[file], file);
        }
        using (RootedDirectory top = RootedDirectory.Open(layers[0]))
        {
            top.CreateWhiteout("gone"u8);
            using RootedDirectory both = top.OpenDirectory("both"u8);
            both.CreateWhiteout("c"u8);
        }
        using LayerDirectories directories = await LayerDirectories.OpenAsync(layers, (path, _) => ValueTask.FromResult(RootedDirectory.Open(path)), Token);
        using var root = new MergedTreeDirectory(directories.OpenRoot());
        using var output = new MemoryStream();
        var writer = new TarWriter(output);
        await new TreePacker(writer, new OwnerView(null), new PackingOptions()).PackContentAsync(root, [], Token);
        await writer.CompleteAsync(Token);

        Assert.Equal(["both/", "both/a", "both/b", "stays"], await NamesAsync(output.ToArray()));
    }

    private static string PathOf(string line) => line[..line.IndexOf(' ', StringComparison.Ordinal)];

    private static void Require(string program)
        => Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, program))), $"missing capability: {program}");

    private static async Task<List<string>> NamesAsync(byte[] archive)
    {
        using var input = new TarInput(new MemoryStream(archive));
        var reader = new TarReader(input);
        List<string> names = [];
        while (await reader.ReadAsync(Token) is { } entry)
        {
            names.Add(Encoding.UTF8.GetString(entry.Name));
        }
        return names;
    }

    private static async Task ExtractAsync(byte[] archive, string directory)
    {
        using RootedDirectory target = RootedDirectory.Open(directory);
        var options = new ExtractionOptions { SetsOwners = Environment.IsPrivilegedProcess, KeepsPrivileges = true, MakesDevices = true };
        using var input = new TarInput(new MemoryStream(archive));
        using var extractor = new TreeExtractor(target, target, [], options, new LayerLimits());
        await extractor.ExtractAsync(new TarReader(input), Token);
    }

    private static async Task<byte[]> PackAsync(string path, OverlayAttributes? overlay = null, bool keepsHoles = false)
    {
        using var directory = new PlainDirectory(RootedDirectory.Open(path), overlay);
        using var output = new MemoryStream();
        var writer = new TarWriter(output);
        await new TreePacker(writer, new OwnerView(null), new PackingOptions { OverlayUpper = overlay is not null, KeepsHoles = keepsHoles }).PackContentAsync(directory, [], Token);
        await writer.CompleteAsync(Token);
        Assert.Equal(output.Length, writer.Length);
        return output.ToArray();
    }

    private string Make(string name) => Directory.CreateDirectory(_temp[name]).FullName;
}

using System.Formats.Tar;
using ContainerKit.Tests.Storage;
using ContainerKit.TestSupport.Files;
using Xunit;

namespace ContainerKit.Tests.Images;

public sealed class ImageSavingTests : IDisposable
{
    private readonly ImageFixture _fixture = new();

    private static CancellationToken Token => ImageFixture.Token;

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData(ImageArchiveFormat.Docker)]
    [InlineData(ImageArchiveFormat.OciLayout)]
    public async Task What_is_saved_is_loaded_as_it_was(ImageArchiveFormat format)
    {
        await LoadTwoAsync();
        string[] names = ["first:1", "second:2"];
        Image[] before = [await _fixture.Images.GetAsync(names[0], Token), await _fixture.Images.GetAsync(names[1], Token)];
        await _fixture.Images.SaveAsync(names, _fixture["saved.tar"], format, Token);
        foreach (string name in names)
        {
            await _fixture.Images.RemoveAsync(name, Token);
        }
        _fixture.AssertEmpty();

        IReadOnlyList<Image> after = await _fixture.Images.LoadAsync(_fixture["saved.tar"], Token);

        Assert.Equal(before.Select(image => (image.Id, image.ManifestDigest, image.ToString())), after.Select(image => (image.Id, image.ManifestDigest, image.ToString())));
        Assert.Equal("b", after[1].Configuration.Config.Labels["a"]);
    }

    [Fact]
    public async Task Equal_images_are_saved_as_equal_bytes_and_blobs_once()
    {
        await LoadTwoAsync();
        using var one = new MemoryStream();
        using var two = new MemoryStream();
        await _fixture.Images.SaveAsync(["first:1", "second:2"], one, cancellationToken: Token);
        await _fixture.Images.SaveAsync(["first:1", "second:2"], two, cancellationToken: Token);

        Assert.Equal(one.ToArray(), two.ToArray());
        one.Position = 0;
        using var reader = new TarReader(one);
        List<string> entries = [];
        while (await reader.GetNextEntryAsync(cancellationToken: Token) is { } entry)
        {
            entries.Add(entry.Name);
        }
        Assert.Equal(entries.Count, entries.Distinct().Count());
        Assert.Equal(["blobs/", "blobs/sha256/"], entries.Take(2));
        Assert.Equal(["oci-layout", "manifest.json", "index.json"], entries.TakeLast(3));
    }

    [Fact]
    public async Task A_layout_that_is_there_keeps_its_other_images()
    {
        await LoadTwoAsync();
        await _fixture.Images.SaveLayoutAsync(["first:1"], _fixture["layout"], Token);
        await _fixture.Images.SaveLayoutAsync(["second:2"], _fixture["layout"], Token);
        await _fixture.Images.SaveLayoutAsync(["second:2"], _fixture["layout"], Token);

        Assert.Equal(["first:1", "second:2"], (await _fixture.Images.LoadAsync(_fixture["layout"], Token)).Select(image => image.ToString()));
    }

    [Fact]
    public async Task What_is_not_there_is_not_saved()
    {
        await Assert.ThrowsAsync<NotFoundException>(() => _fixture.Images.SaveAsync(["missing"], _fixture["saved.tar"], cancellationToken: Token));
        await Assert.ThrowsAsync<ArgumentException>(() => _fixture.Images.SaveAsync([], _fixture["saved.tar"], cancellationToken: Token));
        Assert.False(File.Exists(_fixture["saved.tar"]));
    }

    [Theory]
    [InlineData("docker-archive:", ":first:1")]
    [InlineData("oci-archive:", ":first:1")]
    public async Task Skopeo_reads_what_is_saved(string transport, string suffix)
    {
        Require("skopeo");
        await LoadTwoAsync();
        ImageArchiveFormat format = transport == "oci-archive:" ? ImageArchiveFormat.OciLayout : ImageArchiveFormat.Docker;
        await _fixture.Images.SaveAsync(["first:1", "second:2"], _fixture["saved.tar"], format, Token);

        TemporaryDirectory.Run("skopeo", "copy", "--insecure-policy", transport + _fixture["saved.tar"] + suffix, "dir:" + _fixture["copy"]);

        Assert.True(File.Exists(_fixture["copy/manifest.json"]));
    }

    [Fact]
    public async Task History_is_listed_from_the_newest_step_with_sizes()
    {
        await _fixture.Images.ImportAsync(new MemoryStream(ImageFixture.Layer("a", "four")), new ImageImportOptions { Reference = "app:1", Comment = "from a test" }, Token);

        ImageHistoryEntry entry = Assert.Single(await _fixture.Images.GetHistoryAsync("app:1", Token));

        Image image = await _fixture.Images.GetAsync("app:1", Token);
        Assert.Equal(("from a test", 4L, image.Id, image.Layers[0]), (entry.Comment, entry.Size, entry.ImageId!.Value, entry.DiffId!.Value));
    }

    [Fact]
    public async Task A_squashed_image_has_one_layer_that_shows_the_same()
    {
        await _fixture.Images.LoadAsync(
            _fixture.WriteLayout("layout", "app:1", ImageFixture.Layer("a", "old"), ImageFixture.Layer("b"), new TarBuilder().File("a", "new").File(".wh.b").ToArray()), Token);

        Image squashed = await _fixture.Images.SquashAsync("app:1", "app:squashed", Token);

        string layer = Assert.Single(squashed.ResolveLayerDirectories());
        Assert.Equal(["a"], Directory.GetFileSystemEntries(layer).Select(Path.GetFileName));
        Assert.Equal("new", File.ReadAllText(Path.Combine(layer, "a")));
        Assert.Equal(["/app"], squashed.Configuration.Config.Cmd);
        Assert.Equal(squashed.Layers, (await _fixture.Images.SquashAsync("app:1", cancellationToken: Token)).Layers);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("bzip2")]
    [InlineData("xz")]
    [InlineData("zstd")]
    public async Task A_compressed_archive_is_imported_and_saved_again(string program)
    {
        Require(program);
        byte[] content = new byte[3_000_000];
        new Random(7).NextBytes(content.AsSpan(0, 1_000_000));
        File.WriteAllBytes(_fixture["root.tar"], new TarBuilder().Entry('0', "big", content: content).ToArray());
        // Several streams in a row are one, as parallel compressors write them.
        byte[] twice = [.. Compress(program, _fixture["root.tar"]), .. Compress(program, _fixture["empty"])];
        Image image = await _fixture.Images.ImportAsync(new MemoryStream(twice), new ImageImportOptions { Reference = "app:1" }, Token);

        Assert.Equal(content, File.ReadAllBytes(Path.Combine(image.ResolveLayerDirectories()[0], "big")));
        await _fixture.Images.SaveAsync(["app:1"], _fixture["saved.tar"], cancellationToken: Token);
        await _fixture.Images.RemoveAsync("app:1", Token);
        Assert.Equal(image.Id, Assert.Single(await _fixture.Images.LoadAsync(_fixture["saved.tar"], Token)).Id);
    }

    [Theory]
    [InlineData("bzip2")]
    [InlineData("xz")]
    [InlineData("zstd")]
    public async Task Damaged_and_truncated_archives_are_refused_whatever_the_codec(string program)
    {
        Require(program);
        byte[] content = new byte[300_000];
        new Random(7).NextBytes(content);
        File.WriteAllBytes(_fixture["root.tar"], new TarBuilder().Entry('0', "big", content: content).ToArray());
        byte[] whole = Compress(program, _fixture["root.tar"]);
        byte[] damaged = [.. whole];
        damaged[whole.Length / 2] ^= 0xFF;

        foreach (byte[] archive in (byte[][])[damaged, whole[..(whole.Length / 2)], whole[..^1]])
        {
            await Assert.ThrowsAnyAsync<ContainerKitException>(() => _fixture.Images.ImportAsync(new MemoryStream(archive), cancellationToken: Token));
            _fixture.AssertEmpty();
        }
    }

    private static byte[] Compress(string program, string path)
    {
        if (!File.Exists(path))
        {
            File.WriteAllBytes(path, []);
        }
        TemporaryDirectory.Run(program, "-k", "-f", path);
        return File.ReadAllBytes(Directory.GetFiles(Path.GetDirectoryName(path)!).Single(file => file.StartsWith(path + ".", StringComparison.Ordinal)));
    }

    private static void Require(string program)
        => Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, program))), $"missing capability: {program}");

    private async Task LoadTwoAsync()
    {
        byte[] shared = ImageFixture.Layer("shared");
        await _fixture.Images.LoadAsync(_fixture.WriteLayout("one", "first:1", shared, ImageFixture.Layer("a")), Token);
        await _fixture.Images.LoadAsync(_fixture.WriteLayout("two", "second:2", shared, ImageFixture.Layer("b")), Token);
    }
}

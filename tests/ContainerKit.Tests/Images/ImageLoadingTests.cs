using System.Text;
using ContainerKit.Oci;
using ContainerKit.Tests.Storage;
using Xunit;

namespace ContainerKit.Tests.Images;

public sealed class ImageLoadingTests : IDisposable
{
    private readonly ImageFixture _fixture = new();

    private static CancellationToken Token => ImageFixture.Token;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task An_OCI_layout_is_loaded_from_a_directory()
    {
        string layout = _fixture.WriteLayout("layout", "app:1", ImageFixture.Layer("a"), ImageFixture.Layer("b"));
        Image image = Assert.Single(await _fixture.Images.LoadAsync(layout, Token));
        Assert.Equal("app:1", image.ToString());
        Assert.Equal(["/app"], image.Configuration.Config.Cmd);
        Assert.Equal(14, image.Size);
        Assert.Equal([Digest.Compute(ImageFixture.Layer("a")), Digest.Compute(ImageFixture.Layer("b"))], image.Layers);
        string[] directories = [.. image.ResolveLayerDirectories()];
        Assert.True(File.Exists(Path.Combine(directories[0], "b")));
        Assert.True(File.Exists(Path.Combine(directories[1], "a")));

        Assert.Equal(image.Id, (await _fixture.Open().GetAsync("app:1", Token)).Id);
        Assert.Equal(image.Id, (await _fixture.Images.GetAsync("docker.io/library/app:1", Token)).Id);
        Assert.Equal(image.Id, (await _fixture.Images.GetAsync(image.ShortId, Token)).Id);
        Assert.Equal(image.Id, (await _fixture.Images.GetAsync(image.Id.ToString(), Token)).Id);
        Assert.Equal(image.Id, (await _fixture.Images.GetAsync($"app@{image.ManifestDigest}", Token)).Id);
        Assert.Null(await _fixture.Images.FindAsync("app:2", Token));
        Assert.Empty(Directory.GetFileSystemEntries(_fixture.Root.TemporaryDirectory));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_OCI_layout_is_loaded_from_a_tar_archive(bool compressed)
    {
        string layout = _fixture.WriteLayout("layout", "app:1", ImageFixture.Layer("a"));
        var archive = new TarBuilder();
        foreach (string file in Directory.GetFiles(layout, "*", SearchOption.AllDirectories).Reverse())
        {
            archive.Entry('0', "./" + Path.GetRelativePath(layout, file), content: File.ReadAllBytes(file));
        }
        byte[] bytes = compressed ? ImageFixture.Gzip(archive.ToArray()) : archive.ToArray();
        Image image = Assert.Single(await _fixture.Images.LoadAsync(new MemoryStream(bytes), Token));
        Assert.Equal("app:1", image.ToString());
        Assert.Equal("content", File.ReadAllText(Path.Combine(image.ResolveLayerDirectories()[0], "a")));
        Assert.Empty(Directory.GetFileSystemEntries(_fixture.Root.TemporaryDirectory));
    }

    [Fact]
    public async Task The_platform_of_this_machine_is_chosen_from_an_index()
    {
        string layout = _fixture["layout"];
        Descriptor mine = ImageFixture.WriteManifest(layout, ImageFixture.Layer("mine")) with { Platform = Platform.Current };
        Descriptor other = ImageFixture.WriteManifest(layout, ImageFixture.Layer("other")) with { Platform = Platform.Parse("linux/s390x") };
        Descriptor index = ImageFixture.WriteBlob(layout, MediaTypes.OciIndex, new ImageIndex { Manifests = [other, mine] }.ToUtf8Json());
        ImageFixture.WriteIndex(layout, index);
        Image image = Assert.Single(await _fixture.Images.LoadAsync(layout, Token));
        Assert.Equal(mine.Digest, image.ManifestDigest);
        Assert.Empty(image.References);

        index = ImageFixture.WriteBlob(layout, MediaTypes.OciIndex, new ImageIndex { Manifests = [other] }.ToUtf8Json());
        ImageFixture.WriteIndex(layout, index);
        UnsupportedException error = await Assert.ThrowsAsync<UnsupportedException>(() => _fixture.Images.LoadAsync(layout, Token));
        Assert.Contains("linux/s390x", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_docker_archive_is_loaded_with_all_its_images()
    {
        byte[] shared = ImageFixture.Layer("shared");
        byte[] own = ImageFixture.Layer("own");
        byte[] first = ImageFixture.Configuration(shared).ToUtf8Json();
        byte[] second = ImageFixture.Configuration(shared, own, shared).ToUtf8Json();
        byte[] manifest = DockerArchiveImage.WriteManifest(
        [
            new DockerArchiveImage { Config = "first.json", RepoTags = ["one:1", "one:latest"], Layers = ["a/layer.tar"] },
            new DockerArchiveImage { Config = "second.json", RepoTags = [], Layers = ["b/layer.tar", "c/layer.tar", "b/layer.tar"] },
        ]);
        byte[] archive = new TarBuilder()
            .Entry('0', "manifest.json", content: manifest)
            .Directory("a/").Entry('0', "a/layer.tar", content: shared)
            .SymbolicLink("b/layer.tar", "../a/layer.tar")
            .Entry('0', "c/layer.tar", content: ImageFixture.Gzip(own))
            .Entry('0', "first.json", content: first).Entry('0', "second.json", content: second).ToArray();

        IReadOnlyList<Image> images = await _fixture.Images.LoadAsync(new MemoryStream(archive), Token);
        Assert.Equal(["one:1", "one:latest"], images[0].References.Select(reference => reference.FamiliarString));
        Assert.Equal(Digest.Compute(first), images[0].Id);
        Assert.Equal(Digest.Compute(second), images[1].Id);
        Assert.Equal(3, images[1].Layers.Count);
        Assert.Equal(2, images[1].ResolveLayerDirectories().Length);
        Assert.Equal(2, (await _fixture.Images.ListAsync(Token)).Count);
        Assert.Empty(Directory.GetFileSystemEntries(_fixture.Root.TemporaryDirectory));
    }

    [Fact]
    public async Task A_root_file_system_is_imported()
    {
        byte[] archive = new TarBuilder().Directory("bin").File("bin/app", "x", 0x1ED).ToArray();
        Image image = await _fixture.Images.ImportAsync(
            new MemoryStream(ImageFixture.Gzip(archive)),
            new ImageImportOptions { Reference = "mine", Configuration = new ExecutionConfiguration { Cmd = ["/bin/app"], User = "1:1" } },
            Token);
        Assert.Equal("mine:latest", image.ToString());
        Assert.Equal("1:1", image.Configuration.Config.User);
        Assert.Equal([Digest.Compute(archive)], image.Layers);
        Assert.NotNull(image.Created);

        File.WriteAllBytes(_fixture["rootfs.tar"], archive);
        Image plain = await _fixture.Images.ImportAsync(_fixture["rootfs.tar"], cancellationToken: Token);
        Assert.Empty(plain.References);
        Assert.Equal(image.Layers, plain.Layers);
        await Assert.ThrowsAsync<NotFoundException>(() => _fixture.Images.ImportAsync(_fixture["missing"], cancellationToken: Token));
        await Assert.ThrowsAsync<InvalidContentException>(
            () => _fixture.Images.ImportAsync(new MemoryStream(archive), new ImageImportOptions { Reference = "Not A Name" }, Token));
    }

    [Fact]
    public async Task A_directory_is_an_image_without_being_copied()
    {
        Image image = await _fixture.Images.FromDirectoryAsync("/", Token);
        Assert.Equal(["/"], image.ResolveLayerDirectories());
        Assert.Equal(["/bin/sh"], image.Configuration.Config.Cmd);
        Assert.Empty(await _fixture.Images.ListAsync(Token));
        await Assert.ThrowsAsync<NotFoundException>(() => _fixture.Images.FromDirectoryAsync(_fixture["missing"], Token));
    }

    [Fact]
    public async Task An_image_without_layers_has_an_empty_directory()
    {
        Image image = Assert.Single(await _fixture.Images.LoadAsync(_fixture.WriteLayout("layout", "empty:1"), Token));
        string directory = Assert.Single(image.ResolveLayerDirectories());
        Assert.Empty(Directory.GetFileSystemEntries(directory));
    }

    [Fact]
    public async Task Damaged_parts_are_refused_and_leave_nothing()
    {
        for (int part = 0; part < 3; part++)
        {
            string layout = _fixture.WriteLayout($"layout{part}", "app:1", ImageFixture.Layer("a", $"content {part}"));
            string victim = Directory.GetFiles(Path.Combine(layout, "blobs/sha256")).Order(StringComparer.Ordinal).ElementAt(part);
            byte[] content = File.ReadAllBytes(victim);
            content[^3] ^= 1;
            File.WriteAllBytes(victim, content);
            await Assert.ThrowsAsync<ContentMismatchException>(() => _fixture.Images.LoadAsync(layout, Token));
            _fixture.AssertEmpty();

            File.Delete(victim);
            await Assert.ThrowsAsync<InvalidContentException>(() => _fixture.Images.LoadAsync(layout, Token));
            _fixture.AssertEmpty();
        }
        Assert.Empty(await _fixture.Images.ListAsync(Token));
    }

    [Fact]
    public async Task A_layer_that_is_not_what_the_configuration_says_is_refused()
    {
        string layout = _fixture["layout"];
        Descriptor config = ImageFixture.WriteBlob(layout, MediaTypes.OciConfig, ImageFixture.Configuration(ImageFixture.Layer("promised")).ToUtf8Json());
        Descriptor layer = ImageFixture.WriteBlob(layout, MediaTypes.OciLayerGzip, ImageFixture.Gzip(ImageFixture.Layer("delivered")));
        ImageFixture.WriteIndex(layout, ImageFixture.WriteBlob(
            layout, MediaTypes.OciManifest, new ImageManifest { Config = config, Layers = [layer] }.ToUtf8Json()));
        await Assert.ThrowsAsync<ContentMismatchException>(() => _fixture.Images.LoadAsync(layout, Token));
        ImageFixture.WriteIndex(layout, ImageFixture.WriteBlob(
            layout, MediaTypes.OciManifest, new ImageManifest { Config = config, Layers = [layer, layer] }.ToUtf8Json()));
        await Assert.ThrowsAsync<InvalidContentException>(() => _fixture.Images.LoadAsync(layout, Token));
        _fixture.AssertEmpty();
    }

    [Theory]
    [InlineData("index.json", "{}")]
    [InlineData("index.json", "[")]
    [InlineData("oci-layout", "{\"imageLayoutVersion\":\"9\"}")]
    public async Task Malformed_documents_are_refused(string file, string content)
    {
        string layout = _fixture.WriteLayout("layout", "app:1", ImageFixture.Layer("a"));
        File.WriteAllText(Path.Combine(layout, file), content);
        if (content == "{}")
        {
            await Assert.ThrowsAnyAsync<ContainerKitException>(() => _fixture.Images.LoadAsync(layout, Token));
        }
        else
        {
            await Assert.ThrowsAsync<InvalidContentException>(() => _fixture.Images.LoadAsync(layout, Token));
        }
        _fixture.AssertEmpty();
    }

    [Fact]
    public async Task A_layout_can_not_lead_to_files_outside()
    {
        string layout = _fixture.WriteLayout("layout", "app:1", ImageFixture.Layer("a"));
        string blob = Directory.GetFiles(Path.Combine(layout, "blobs/sha256"))[0];
        string moved = _fixture["outside"];
        File.Move(blob, moved);
        File.CreateSymbolicLink(blob, moved);
        await Assert.ThrowsAsync<InvalidContentException>(() => _fixture.Images.LoadAsync(layout, Token));
        byte[] manifest = Encoding.UTF8.GetBytes("""[{"Config":"../../../etc/passwd","RepoTags":[],"Layers":["/etc/passwd"]}]""");
        byte[] archive = new TarBuilder().Entry('0', "manifest.json", content: manifest).ToArray();
        await Assert.ThrowsAsync<InvalidContentException>(() => _fixture.Images.LoadAsync(new MemoryStream(archive), Token));
        await Assert.ThrowsAsync<InvalidContentException>(() => _fixture.Images.LoadAsync(new MemoryStream(ImageFixture.Layer("rootfs")), Token));
        _fixture.AssertEmpty();
    }
}

using ContainerKit.Images;
using ContainerKit.Oci;
using Xunit;

namespace ContainerKit.Tests.Images;

public sealed class ImageListingTests : IDisposable
{
    private readonly ImageFixture _fixture = new();

    private static CancellationToken Token => ImageFixture.Token;

    public void Dispose() => _fixture.Dispose();

    private async Task<Image> LoadAsync(string? name, DateTimeOffset? created, string layer, params (string Name, string Value)[] labels)
    {
        string directory = _fixture[Guid.NewGuid().ToString("N")];
        byte[] content = ImageFixture.Layer(layer);
        ImageConfiguration configuration = ImageFixture.Configuration(content) with
        {
            Created = created,
            Config = new ExecutionConfiguration { Labels = labels.ToDictionary(label => label.Name, label => label.Value) },
        };
        Descriptor config = ImageFixture.WriteBlob(directory, MediaTypes.OciConfig, configuration.ToUtf8Json());
        Descriptor blob = ImageFixture.WriteBlob(directory, MediaTypes.OciLayerGzip, ImageFixture.Gzip(content));
        Descriptor manifest = ImageFixture.WriteBlob(directory, MediaTypes.OciManifest, new ImageManifest { Config = config, Layers = [blob] }.ToUtf8Json());
        if (name is not null)
        {
            manifest = manifest with { Annotations = new Dictionary<string, string> { [AnnotationNames.RefName] = name } };
        }
        ImageFixture.WriteIndex(directory, manifest);
        return (await _fixture.Images.LoadAsync(directory, Token))[0];
    }

    private async Task<string[]> ListAsync(FilterSet filters)
        => [.. (await _fixture.Images.ListAsync(filters, Token)).Select(image => image.ToString() == image.ShortId ? "<none>" : image.ToString())];

    private static DateTimeOffset Day(int day) => new(2024, 1, day, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Filters_select_as_docker_does()
    {
        await LoadAsync("app:1", Day(1), "a", ("stage", "test"), ("team", "x"));
        await LoadAsync("app:2", Day(2), "b", ("stage", "live"));
        await LoadAsync("registry.local/other:1", Day(3), "c");
        await LoadAsync(null, Day(4), "d", ("stage", "test"));
        await LoadAsync("undated:1", null, "e");

        FilterSet none = FilterSet.Empty;
        Assert.Equal(["<none>", "registry.local/other:1", "app:2", "app:1", "undated:1"], await ListAsync(none));
        Assert.Equal(["<none>"], await ListAsync(none.With("dangling", "true")));
        Assert.Equal(["registry.local/other:1", "app:2", "app:1", "undated:1"], await ListAsync(none.With("dangling", "0")));
        Assert.Equal(["<none>", "app:2", "app:1"], await ListAsync(none.With("label", "stage")));
        Assert.Equal(["<none>", "app:1"], await ListAsync(none.With("label", "stage=test")));
        Assert.Equal(["app:1"], await ListAsync(none.With("label", "stage=test").With("label", "team")));
        Assert.Equal(["app:1"], await ListAsync(none.With("before", "app:2")));
        Assert.Equal(["<none>", "registry.local/other:1"], await ListAsync(none.With("since", "app:2")));
        Assert.Equal(["app:1"], await ListAsync(none.With("before", "registry.local/other:1").With("before", "app:2")));
        Assert.Equal(["app:2"], await ListAsync(none.With("since", "app:1").With("until", "2024-01-03T00:00:00Z")));
        Assert.Equal(["app:2", "app:1"], await ListAsync(none.With("reference", "app")));
        Assert.Equal(["app:2"], await ListAsync(none.With("reference", "a*:[2-9]")));
        Assert.Equal(["registry.local/other:1", "app:1"], await ListAsync(none.With("reference", "*/*").With("reference", "app:1")));
        Assert.Empty(await ListAsync(none.With("reference", "*/*/*")));
        Assert.Empty(await ListAsync(none.With("dangling", "true").With("reference", "*")));
    }

    [Fact]
    public async Task Only_names_that_match_are_shown()
    {
        Image image = await LoadAsync("app:1", Day(1), "a");
        await _fixture.Images.TagAsync("app:1", "app:2", Token);
        Image found = Assert.Single(await _fixture.Images.ListAsync(FilterSet.Empty.With("reference", "*:2"), Token));
        Assert.Equal((image.Id, "app:2"), (found.Id, Assert.Single(found.References).FamiliarString));
    }

    [Theory]
    [InlineData("colour", "red")]
    [InlineData("dangling", "maybe")]
    [InlineData("reference", "a[b")]
    [InlineData("reference", "a[]")]
    [InlineData("reference", "a\\")]
    [InlineData("until", "soon")]
    public Task What_is_not_understood_is_refused(string filter, string value)
        => Assert.ThrowsAsync<ArgumentException>(() => _fixture.Images.ListAsync(FilterSet.Empty.With(filter, value), Token));

    [Fact]
    public Task An_image_that_a_filter_names_must_be_there()
        => Assert.ThrowsAsync<NotFoundException>(() => _fixture.Images.ListAsync(FilterSet.Empty.With("since", "missing"), Token));

    [Fact]
    public async Task Inspection_has_every_layer_and_the_containers()
    {
        byte[][] layers = [ImageFixture.Layer("a", "12345"), ImageFixture.Layer("b", "123")];
        Image image = (await _fixture.Images.LoadAsync(_fixture.WriteLayout("layout", "app:1", layers), Token))[0];
        _fixture.Images.Users = new FakeUsers(new ImageUser("c1", "one", image.Id.ToString(), Runs: false), new ImageUser("c2", "two", "sha256:other", Runs: true));

        ImageInfo info = await _fixture.Images.InspectAsync("app:1", Token);

        Assert.Equal(image.Id, info.Image.Id);
        Assert.Equal(["c1"], info.ContainerIds);
        Assert.Equal(layers.Select(layer => (Digest.Compute(layer), (long)layer.Length)), info.Layers.Select(layer => (layer.DiffId, layer.ArchiveSize)));
        Assert.Equal(layers.Select(layer => Digest.Compute(ImageFixture.Gzip(layer))), info.Layers.Select(layer => layer.Blob.Digest));
        Assert.Equal([5L, 3L], info.Layers.Select(layer => layer.Size));
        Assert.All(info.Layers, layer => Assert.True(layer.HasBlob && layer.Entries == 1 && Directory.Exists(layer.Directory)));
        await Assert.ThrowsAsync<NotFoundException>(() => _fixture.Images.InspectAsync("missing", Token));
    }

    [Fact]
    public async Task Disk_usage_tells_shared_from_unique()
    {
        byte[] shared = ImageFixture.Layer("shared", new string('s', 1000));
        byte[] own = ImageFixture.Layer("own", new string('o', 200));
        Image one = (await _fixture.Images.LoadAsync(_fixture.WriteLayout("one", "one:1", shared, own), Token))[0];
        await _fixture.Images.LoadAsync(_fixture.WriteLayout("two", "two:1", shared), Token);
        File.WriteAllBytes(Path.Combine(_fixture.Root.IngestDirectory, "sha256-" + new string('a', 64)), new byte[77]);
        _fixture.Images.Users = new FakeUsers(new ImageUser("c1", "one", one.Id.ToString(), Runs: false));

        ImageStorageUsage usage = await _fixture.Images.MeasureAsync(Token);

        Assert.Equal([("one:1", 1000L, 200L, 1), ("two:1", 1000L, 0L, 0)], usage.Images.OrderBy(image => image.Image.ToString(), StringComparer.Ordinal)
            .Select(image => (image.Image.ToString(), image.SharedSize, image.UniqueSize, image.Containers)));
        Assert.All(usage.Images, image => Assert.Equal(image.Image.Size, image.SharedSize + image.UniqueSize));
        Assert.Equal((1200L, 77L), (usage.LayersSize, usage.PartialDownloadsSize));
        Assert.Equal(Directory.GetFiles(_fixture.Root.BlobsDirectory, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length), usage.BlobsSize);
    }
}

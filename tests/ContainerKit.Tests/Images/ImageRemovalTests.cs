using ContainerKit.Images;
using ContainerKit.Storage;
using Xunit;

namespace ContainerKit.Tests.Images;

public sealed class ImageRemovalTests : IDisposable
{
    private readonly ImageFixture _fixture = new();

    private static CancellationToken Token => ImageFixture.Token;

    public void Dispose() => _fixture.Dispose();

    private async Task<Image> LoadAsync(string name, params byte[][] layers)
        => (await _fixture.Images.LoadAsync(_fixture.WriteLayout(Guid.NewGuid().ToString("N"), name, layers), Token))[0];

    [Fact]
    public async Task An_image_goes_with_its_last_name()
    {
        Image image = await LoadAsync("app:1", ImageFixture.Layer("a"));
        Image tagged = await _fixture.Images.TagAsync("app:1", "other", Token);
        Assert.Equal(["app:1", "other:latest"], tagged.References.Select(reference => reference.FamiliarString));
        await _fixture.Images.RemoveAsync("app:1", Token);
        Assert.Equal("other:latest", (await _fixture.Images.GetAsync(image.ShortId, Token)).ToString());
        await _fixture.Images.RemoveAsync("other", Token);
        Assert.Empty(await _fixture.Images.ListAsync(Token));
        _fixture.AssertEmpty();
        await Assert.ThrowsAsync<NotFoundException>(() => _fixture.Images.RemoveAsync("other", Token));
    }

    [Fact]
    public async Task An_id_removes_several_names_only_by_force()
    {
        Image image = await LoadAsync("app:1", ImageFixture.Layer("a"));
        await _fixture.Images.TagAsync("app:1", "other", Token);
        await Assert.ThrowsAsync<ConflictException>(() => _fixture.Images.RemoveAsync(image.ShortId, Token));
        Assert.Equal(2, Assert.Single(await _fixture.Images.ListAsync(Token)).References.Count);
        ImageRemovalReport report = await _fixture.Images.RemoveAsync(image.ShortId, force: true, Token);
        Assert.Equal(["app:1", "other:latest"], report.Untagged.Select(name => name.FamiliarString).Order(StringComparer.Ordinal));
        Assert.Equal([image.Id], report.DeletedImages);
        Assert.Equal(image.Layers, report.DeletedLayers);
        Assert.True(report.ReclaimedBytes > image.Size);
        Assert.Empty(await _fixture.Images.ListAsync(Token));
        _fixture.AssertEmpty();
    }

    [Fact]
    public async Task A_name_goes_alone_while_there_is_another()
    {
        Image image = await LoadAsync("app:1", ImageFixture.Layer("a"));
        await _fixture.Images.TagAsync("app:1", "other", Token);
        ImageRemovalReport report = await _fixture.Images.RemoveAsync("app:1", Token);
        Assert.Equal("app:1", Assert.Single(report.Untagged).FamiliarString);
        Assert.Equal((0, 0, 0L), (report.DeletedImages.Count, report.DeletedLayers.Count, report.ReclaimedBytes));
        Assert.Equal(["other:latest"], (await _fixture.Images.GetAsync(image.ShortId, Token)).References.Select(name => name.FamiliarString));
    }

    [Theory]
    [InlineData(false, false, false, false)]
    [InlineData(false, true, true, true)]
    [InlineData(true, false, false, false)]
    [InlineData(true, true, true, false)]
    public async Task The_last_name_of_an_image_that_a_container_uses_goes_only_by_force(bool runs, bool force, bool untagged, bool deleted)
    {
        Image image = await LoadAsync("app:1", ImageFixture.Layer("a"));
        _fixture.Images.Users = new FakeUsers(new ImageUser("c1", "one", image.Id.ToString(), runs));
        if (untagged)
        {
            ImageRemovalReport report = await _fixture.Images.RemoveAsync("app:1", force, Token);
            Assert.Equal((1, deleted ? 1 : 0), (report.Untagged.Count, report.DeletedImages.Count));
        }
        else
        {
            await Assert.ThrowsAsync<ConflictException>(() => _fixture.Images.RemoveAsync("app:1", force, Token));
        }
        Image? left = await _fixture.Images.FindAsync(image.Id.ToString(), Token);
        Assert.Equal(deleted ? null : untagged ? 0 : 1, left?.References.Count);
    }

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(false, true, true)]
    [InlineData(true, false, false)]
    [InlineData(true, true, false)]
    public async Task By_its_id_an_image_that_runs_never_goes(bool runs, bool force, bool deleted)
    {
        Image image = await LoadAsync("app:1", ImageFixture.Layer("a"));
        _fixture.Images.Users = new FakeUsers(new ImageUser("c1", "one", image.Id.ToString(), runs));
        if (deleted)
        {
            Assert.Equal([image.Id], (await _fixture.Images.RemoveAsync(image.ShortId, force, Token)).DeletedImages);
        }
        else
        {
            await Assert.ThrowsAsync<ConflictException>(() => _fixture.Images.RemoveAsync(image.ShortId, force, Token));
            Assert.Single((await _fixture.Images.GetAsync("app:1", Token)).References);
        }
    }

    [Fact]
    public async Task Prune_removes_what_has_no_tag_and_no_container()
    {
        Image old = await LoadAsync("app:1", ImageFixture.Layer("old"));
        Image used = await LoadAsync("app:1", ImageFixture.Layer("used"));
        await LoadAsync("app:1", ImageFixture.Layer("current"));
        _fixture.Images.Users = new FakeUsers(new ImageUser("c1", "one", used.Id.ToString(), Runs: false));

        ImageRemovalReport report = await _fixture.Images.PruneAsync(cancellationToken: Token);
        Assert.Equal([old.Id], report.DeletedImages);
        Assert.Equal(old.Layers, report.DeletedLayers);
        Assert.Empty(report.Untagged);
        Assert.True(report.ReclaimedBytes > old.Size);
        Assert.Equal(2, (await _fixture.Images.ListAsync(Token)).Count);

        report = await _fixture.Images.PruneAsync(FilterSet.Empty.With("dangling", "false"), Token);
        Assert.Equal(["app:1"], report.Untagged.Select(name => name.FamiliarString));
        Assert.Equal(used.Id, Assert.Single(await _fixture.Images.ListAsync(Token)).Id);
    }

    [Fact]
    public async Task Prune_keeps_what_filters_do_not_want()
    {
        await LoadAsync("app:1", ImageFixture.Layer("a"));
        FilterSet all = FilterSet.Empty.With("dangling", "false");
        foreach (FilterSet keeping in (FilterSet[])[all.With("label", "other"), all.With("label!", "a=b"), all.With("until", "1969-12-31T00:00:00Z"), FilterSet.Empty])
        {
            Assert.Empty((await _fixture.Images.PruneAsync(keeping, Token)).DeletedImages);
        }
        await Assert.ThrowsAsync<ArgumentException>(() => _fixture.Images.PruneAsync(all.With("reference", "app"), Token));
        Assert.Single((await _fixture.Images.PruneAsync(all.With("label", "a=b").With("label!", "c").With("until", "1h"), Token)).DeletedImages);
        _fixture.AssertEmpty();
    }

    [Fact]
    public async Task Layers_that_only_a_container_had_go_with_it()
    {
        Image image = await LoadAsync("app:1", ImageFixture.Layer("a"));
        string container = Path.Combine(_fixture.Root.ContainersDirectory, "c1");
        Directory.CreateDirectory(container);
        await _fixture.Images.LeaseLayersAsync(image, container, durable: true, Token);
        await _fixture.Images.RemoveAsync("app:1", Token);
        await _fixture.Images.ReleaseAsync(Token);
        Assert.Single(Directory.GetDirectories(_fixture.Root.LayersDirectory));
        Directory.Delete(container, recursive: true);
        await _fixture.Images.ReleaseAsync(Token);
        _fixture.AssertEmpty();
    }

    [Fact]
    public async Task Shared_layers_stay_with_the_other_image()
    {
        await LoadAsync("one:1", ImageFixture.Layer("shared"), ImageFixture.Layer("a"));
        await LoadAsync("two:1", ImageFixture.Layer("shared"), ImageFixture.Layer("b"));
        await _fixture.Images.RemoveAsync("one:1", Token);
        Image two = await _fixture.Images.GetAsync("two:1", Token);
        Assert.Equal(2, two.ResolveLayerDirectories().Length);
        Assert.Equal(2, Directory.GetDirectories(_fixture.Root.LayersDirectory).Length);
    }

    [Fact]
    public async Task A_name_that_moves_on_leaves_its_image_without_a_name()
    {
        Image old = await LoadAsync("app:1", ImageFixture.Layer("a"));
        Image current = await LoadAsync("app:1", ImageFixture.Layer("b"));
        Assert.Equal(current.Id, (await _fixture.Images.GetAsync("app:1", Token)).Id);
        Assert.Empty((await _fixture.Images.GetAsync(old.Id.ToString(), Token)).References);
    }

    [Fact]
    public async Task Layers_stay_while_a_container_uses_them()
    {
        Image image = await LoadAsync("app:1", ImageFixture.Layer("a"));
        string container = Path.Combine(_fixture.Root.ContainersDirectory, "c1");
        Directory.CreateDirectory(container);
        await _fixture.Images.LeaseLayersAsync(image, container, durable: true, Token);
        await _fixture.Images.RemoveAsync("app:1", Token);
        Assert.True(File.Exists(Path.Combine(image.ResolveLayerDirectories()[0], "a")));

        File.Delete(Path.Combine(container, "layers.json"));
        await _fixture.Open().FreeAsync(Token);
        Assert.Throws<NotFoundException>(() => image.ResolveLayerDirectories());
        await Assert.ThrowsAsync<NotFoundException>(() => _fixture.Images.LeaseLayersAsync(image, container, durable: true, Token).AsTask());
        _fixture.AssertEmpty();
    }

    [Fact]
    public async Task A_damaged_lease_keeps_everything()
    {
        await LoadAsync("app:1", ImageFixture.Layer("a"));
        string container = Path.Combine(_fixture.Root.ContainersDirectory, "c1");
        Directory.CreateDirectory(container);
        File.WriteAllText(Path.Combine(container, "layers.json"), "{");
        await Assert.ThrowsAsync<InvalidContentException>(() => _fixture.Images.RemoveAsync("app:1", Token));
        Assert.NotEmpty(Directory.GetDirectories(_fixture.Root.LayersDirectory));
    }

    [Fact]
    public async Task What_a_crash_left_is_freed_at_the_next_open()
    {
        Image kept = await LoadAsync("kept:1", ImageFixture.Layer("kept"));
        // As it is after a crash in the middle of a load: content that nothing refers to, and the note that there may be some.
        var layers = new LayerStore(_fixture.Root, new ContainerKit.Storage.Ownership.SquashedOwnership(), TimeProvider.System);
        await layers.UnpackAsync(new MemoryStream(ImageFixture.Layer("lost")), null, "layer", Token);
        await new ContentStore(_fixture.Root).PutAsync("lost"u8.ToArray(), Token);
        File.WriteAllBytes(_fixture.Root.LockPath("sweep-pending"), []);
        File.WriteAllText(Path.Combine(_fixture.Root.TemporaryDirectory, "dead.lock"), "");

        await _fixture.Open().RecoverAsync(Token);
        Assert.Single(Directory.GetDirectories(_fixture.Root.LayersDirectory));
        Assert.Equal(3, Directory.GetFiles(Path.Combine(_fixture.Root.BlobsDirectory, "sha256")).Length);
        Assert.Empty(Directory.GetFileSystemEntries(_fixture.Root.TemporaryDirectory));
        Assert.Equal(kept.Id, (await _fixture.Images.GetAsync("kept:1", Token)).Id);
    }

    [Fact]
    public async Task Loading_and_removing_at_once_loses_nothing()
    {
        string[] layouts = [.. Enumerable.Range(0, 6).Select(i => _fixture.WriteLayout(
            $"layout{i}", $"app:{i}", ImageFixture.Layer("shared"), ImageFixture.Layer($"own{i}")))];
        await Task.WhenAll(layouts.Select((layout, i) => Task.Run(async () =>
        {
            ImageCollection images = _fixture.Open();
            for (int round = 0; round < 4; round++)
            {
                Image image = (await images.LoadAsync(layout, Token))[0];
                Assert.Equal(2, image.ResolveLayerDirectories().Length);
                if (round < 3 || i % 2 == 0)
                {
                    await images.RemoveAsync($"app:{i}", Token);
                }
            }
        })));
        IReadOnlyList<Image> left = await _fixture.Images.ListAsync(Token);
        Assert.Equal(["app:1", "app:3", "app:5"], left.Select(image => image.ToString()).Order(StringComparer.Ordinal));
        Assert.All(left, image => Assert.Equal(2, image.ResolveLayerDirectories().Length));
        await _fixture.Images.FreeAsync(Token);
        Assert.Equal(4, Directory.GetDirectories(_fixture.Root.LayersDirectory).Length);
    }
}

using System.Net;
using ContainerKit.Oci;
using ContainerKit.TestSupport.Registry;
using Xunit;

namespace ContainerKit.Tests.Images;

public sealed class PullingTests : PullTest
{
    [Fact]
    public async Task An_image_is_pulled_with_its_layers_and_names()
    {
        byte[][] layers = [ImageFixture.Layer("a", "lower"), ImageFixture.Layer("b", "upper")];
        Descriptor manifest = AddImage("1", layers);
        var progress = new ProgressRecorder();

        Image image = await Fixture.Images.PullAsync(Name, progress, Token);

        Assert.Equal(("lower", "upper"), (ReadFile(image, "a"), ReadFile(image, "b")));
        Assert.Equal(Name, Assert.Single(image.References).ToString());
        Assert.Equal($"{Registry.Name}/team/app@{manifest.Digest}", Assert.Single(image.RepositoryDigests).ToString());
        Assert.Equal(manifest.Digest, image.ManifestDigest);
        Assert.Equal(image.Id, (await Fixture.Images.GetAsync(Name, Token)).Id);
        Assert.Equal(image.Id, (await Fixture.Images.GetAsync(image.RepositoryDigests[0].ToString(), Token)).Id);
        Assert.Empty(Directory.GetFileSystemEntries(Fixture.Root.IngestDirectory));
        Assert.Empty(Directory.GetFileSystemEntries(Fixture.Root.TemporaryDirectory));
        foreach (byte[] layer in layers)
        {
            byte[] blob = ImageFixture.Gzip(layer);
            ImageTransferProgress[] reports = [.. progress.Reports.Where(report => report.Layer == Digest.Compute(blob))];
            Assert.Equal(new ImageTransferProgress(Digest.Compute(blob), ImageTransferStage.Complete, blob.Length, blob.Length), reports[^1]);
            Assert.Contains(reports, report => report.Stage == ImageTransferStage.Downloading && report.Completed == blob.Length);
        }
    }

    [Fact]
    public async Task What_is_here_is_not_fetched_again()
    {
        byte[] shared = ImageFixture.Layer("a", "shared");
        AddImage("1", shared);
        AddImage("2", shared, ImageFixture.Layer("b", "own"));
        await Fixture.Images.PullAsync(Name, cancellationToken: Token);
        var progress = new ProgressRecorder();

        Image again = await Fixture.Images.PullAsync(Name, progress, Token);
        Image second = await Fixture.Images.PullAsync($"{Registry.Name}/team/app:2", progress, Token);

        Assert.Equal(1, CountBlobRequests(shared));
        Assert.Equal(2, progress.Reports.Count(report => report.Stage == ImageTransferStage.Existing));
        Assert.NotEqual(again.Id, second.Id);
    }

    [Fact]
    public async Task The_image_for_the_platform_that_is_asked_for_is_pulled()
    {
        byte[] layer = ImageFixture.Layer("a");
        Descriptor[] entries = [AddFor("linux/arm64"), AddFor(Platform.Current.ToString()), AddFor("linux/arm/v6")];
        byte[] index = new ImageIndex { Manifests = entries }.ToUtf8Json();
        Registry.AddManifest("team/app", "1", MediaTypes.OciIndex, index);

        Image own = await Fixture.Images.PullAsync(Name, cancellationToken: Token);
        Assert.Equal(entries[1].Digest, own.ManifestDigest);
        Assert.Equal(Digest.Compute(index), Assert.Single(own.RepositoryDigests).Digest);
        Image other = await Fixture.Images.PullAsync(Name, new ImagePullOptions { Platform = Platform.Parse("linux/arm/v7") }, Token);
        Assert.Equal(entries[2].Digest, other.ManifestDigest);
        UnsupportedException e = await Assert.ThrowsAsync<UnsupportedException>(
            () => Fixture.Images.PullAsync(Name, new ImagePullOptions { Platform = Platform.Parse("linux/s390x") }, Token));
        Assert.Contains("linux/arm64", e.Message, StringComparison.Ordinal);

        Descriptor AddFor(string platform) => AddImage("team/app", null, ImageFixture.Configuration(layer) with
        {
            Architecture = Platform.Parse(platform).Architecture,
            Variant = Platform.Parse(platform).Variant,
        }, layer) with
        { Platform = Platform.Parse(platform) };
    }

    [Fact]
    public async Task An_image_that_is_only_for_another_platform_is_refused_where_one_was_asked_for()
    {
        byte[] layer = ImageFixture.Layer("a");
        AddImage("team/app", "1", ImageFixture.Configuration(layer) with { Architecture = "s390x" }, layer);

        UnsupportedException e = await Assert.ThrowsAsync<UnsupportedException>(
            () => Fixture.Images.PullAsync(Name, new ImagePullOptions { Platform = Platform.Parse("linux/amd64") }, Token));

        Assert.Contains("linux/s390x, not for linux/amd64", e.Message, StringComparison.Ordinal);
        Fixture.AssertEmpty();
        Assert.Equal("s390x", (await Fixture.Images.PullAsync(Name, cancellationToken: Token)).Configuration.Architecture);
    }

    [Fact]
    public async Task An_image_is_pulled_by_digest()
    {
        Descriptor manifest = AddImage("1", ImageFixture.Layer("a"));
        string name = $"{Registry.Name}/team/app@{manifest.Digest}";

        Image image = await Fixture.Images.PullAsync(name, cancellationToken: Token);

        Assert.Empty(image.References);
        Assert.Equal(name, Assert.Single(image.RepositoryDigests).ToString());
        await Fixture.Images.RemoveAsync(name, Token);
        Fixture.AssertEmpty();
    }

    [Fact]
    public async Task A_name_moves_to_the_image_that_it_means_now()
    {
        AddImage("1", ImageFixture.Layer("a", "old"));
        Image old = await Fixture.Images.PullAsync(Name, cancellationToken: Token);
        AddImage("1", ImageFixture.Layer("a", "new"));

        Image current = await Fixture.Images.PullAsync(Name, cancellationToken: Token);

        Assert.NotEqual(old.Id, current.Id);
        Assert.Equal(current.Id, (await Fixture.Images.GetAsync(Name, Token)).Id);
        Assert.Empty((await Fixture.Images.GetAsync(old.Id.ToString(), Token)).References);
        Assert.Equal(2, (await Fixture.Images.ListAsync(Token)).Count);
    }

    [Fact]
    public async Task Removing_the_last_tag_removes_a_pulled_image()
    {
        AddImage("1", ImageFixture.Layer("a"));
        await Fixture.Images.PullAsync(Name, cancellationToken: Token);
        await Fixture.Images.TagAsync(Name, "other:1", Token);

        await Fixture.Images.RemoveAsync(Name, Token);
        Assert.Empty((await Fixture.Images.GetAsync("other:1", Token)).RepositoryDigests);
        await Fixture.Images.RemoveAsync("other:1", Token);

        Fixture.AssertEmpty();
    }

    [Fact]
    public async Task Policies_decide_whether_the_registry_is_asked()
    {
        AddImage("1", ImageFixture.Layer("a", "old"));
        await Assert.ThrowsAsync<NotFoundException>(() => PullAsync(PullPolicy.Never));
        Assert.Empty(Registry.Requests);

        Image old = await PullAsync(PullPolicy.Missing);
        AddImage("1", ImageFixture.Layer("a", "new"));
        int requests = Registry.Requests.Count;
        Assert.Equal(old.Id, (await PullAsync(PullPolicy.Never)).Id);
        Assert.Equal(old.Id, (await PullAsync(PullPolicy.Missing)).Id);
        Assert.Equal(requests, Registry.Requests.Count);

        Image current = await PullAsync(PullPolicy.Newer);
        Assert.NotEqual(old.Id, current.Id);
        requests = Registry.Requests.Count;
        Assert.Equal(current.Id, (await PullAsync(PullPolicy.Newer)).Id);
        Assert.Equal((requests + 1, "HEAD"), (Registry.Requests.Count, Registry.Requests.Last().Method));

        Registry.Fault = context => TestRegistry.FailAsync(context, 403, "DENIED").ContinueWith(_ => true, TaskScheduler.Default);
        Assert.Equal(current.Id, (await PullAsync(PullPolicy.Newer)).Id);
        await Assert.ThrowsAsync<RegistryAccessException>(() => PullAsync(PullPolicy.Always));

        Task<Image> PullAsync(PullPolicy policy) => Fixture.Images.PullAsync(Name, new ImagePullOptions { Policy = policy }, Token);
    }

    [Fact]
    public async Task An_image_for_several_platforms_is_newest_by_its_index()
    {
        byte[] layer = ImageFixture.Layer("a");
        Descriptor entry = AddImage("team/app", null, ImageFixture.Configuration(layer), layer);
        Registry.AddManifest("team/app", "1", MediaTypes.OciIndex, new ImageIndex { Manifests = [entry] }.ToUtf8Json());
        await Fixture.Images.PullAsync(Name, cancellationToken: Token);
        int requests = Registry.Requests.Count;

        await Fixture.Images.PullAsync(Name, new ImagePullOptions { Policy = PullPolicy.Newer }, Token);

        Assert.Equal(requests + 1, Registry.Requests.Count);
    }

    [Fact]
    public async Task Credentials_can_be_given_for_one_pull()
    {
        Registry.User = "ada:secret";
        AddImage("1", ImageFixture.Layer("a"));

        RegistryAccessException e = await Assert.ThrowsAsync<RegistryAccessException>(() => Fixture.Images.PullAsync(Name, cancellationToken: Token));
        Assert.Equal((HttpStatusCode.Unauthorized, "UNAUTHORIZED", true, ContainerKitErrorCode.Registry), (e.StatusCode, e.RegistryCode, e.IsUnauthorized, e.Code));
        await Fixture.Images.PullAsync(Name, new ImagePullOptions { Credential = RegistryCredential.FromPassword("ada", "secret") }, Token);
        await Assert.ThrowsAsync<RegistryAccessException>(() => Fixture.Images.PullAsync(Name, cancellationToken: Token));
    }

    [Fact]
    public async Task What_the_registry_does_not_have_is_not_found()
    {
        NotFoundException e = await Assert.ThrowsAsync<NotFoundException>(() => Fixture.Images.PullAsync(Name, cancellationToken: Token));

        Assert.Contains(Name, e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidContentException>(() => Fixture.Images.PullAsync("Not A Name", cancellationToken: Token));
        Fixture.AssertEmpty();
    }

    [Fact]
    public async Task A_missing_layer_is_an_error_that_leaves_nothing()
    {
        // The only one: what had come of another layer at that time is kept, so that the next pull goes on from there.
        byte[] missing = ImageFixture.Layer("b");
        AddImage("1", missing);
        Registry.Blobs.TryRemove("team/app@" + TestRegistry.DigestOf(ImageFixture.Gzip(missing)), out _);

        RegistryAccessException e = await Assert.ThrowsAsync<RegistryAccessException>(() => Fixture.Images.PullAsync(Name, cancellationToken: Token));

        Assert.Equal((HttpStatusCode.NotFound, "BLOB_UNKNOWN"), (e.StatusCode, e.RegistryCode));
        Fixture.AssertEmpty();
    }

    [Fact]
    public async Task A_layer_that_is_not_the_one_of_the_configuration_is_refused()
    {
        byte[] layer = ImageFixture.Layer("a");
        AddImage("team/app", "1", ImageFixture.Configuration(ImageFixture.Layer("other")), layer);

        await Assert.ThrowsAsync<ContentMismatchException>(() => Fixture.Images.PullAsync(Name, cancellationToken: Token));
        Fixture.AssertEmpty();
    }

    [Fact]
    public async Task A_hostile_layer_is_refused_and_leaves_nothing()
    {
        byte[] layer = new Storage.TarBuilder().File("../../evil", "x").ToArray();
        byte[] garbage = Enumerable.Repeat((byte)'x', 5000).ToArray();
        AddImage("1", garbage);
        AddImage("2", layer);

        await Assert.ThrowsAsync<InvalidContentException>(() => Fixture.Images.PullAsync(Name, cancellationToken: Token));
        await Assert.ThrowsAsync<InvalidContentException>(() => Fixture.Images.PullAsync($"{Registry.Name}/team/app:2", cancellationToken: Token));
        Fixture.AssertEmpty();
    }

    [Fact]
    public async Task A_configuration_with_another_number_of_layers_is_refused()
    {
        AddImage("team/app", "1", ImageFixture.Configuration(ImageFixture.Layer("a"), ImageFixture.Layer("b")), ImageFixture.Layer("a"));

        await Assert.ThrowsAsync<InvalidContentException>(() => Fixture.Images.PullAsync(Name, cancellationToken: Token));
        Fixture.AssertEmpty();
    }

    [Fact]
    public async Task An_artifact_is_no_image()
    {
        byte[] artifact = new ImageManifest
        {
            ArtifactType = "application/vnd.example",
            Config = Descriptor.ForContent(MediaTypes.OciEmpty, "{}"u8),
            Layers = [],
        }.ToUtf8Json();
        Registry.AddManifest("team/app", "1", MediaTypes.OciManifest, artifact);

        UnsupportedException e = await Assert.ThrowsAsync<UnsupportedException>(() => Fixture.Images.PullAsync(Name, cancellationToken: Token));
        Assert.Contains("application/vnd.example", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_layer_twice_in_an_image_is_fetched_once()
    {
        byte[] layer = ImageFixture.Layer("a");
        AddImage("1", layer, ImageFixture.Layer("b"), layer);

        Image image = await Fixture.Images.PullAsync(Name, cancellationToken: Token);

        Assert.Equal(3, image.Layers.Count);
        Assert.Equal(1, CountBlobRequests(layer));
    }
}

using ContainerKit.Oci;
using ContainerKit.TestSupport.Registry;
using Xunit;

namespace ContainerKit.Tests.Images;

public sealed class PushingTests : PullTest
{
    [Fact]
    public async Task A_loaded_image_is_pushed_and_pulled_again()
    {
        byte[][] layers = [ImageFixture.Layer("a", "lower"), ImageFixture.Layer("b", "upper")];
        Image loaded = (await Fixture.Images.LoadAsync(Fixture.WriteLayout("layout", "app:1", layers), Token))[0];
        var progress = new ProgressRecorder();

        ImageReference pushed = await Fixture.Images.PushAsync("app:1", new ImagePushOptions { Destination = Name, Progress = progress }, Token);

        Assert.Equal(Name + "@" + loaded.ManifestDigest, pushed.ToString());
        Assert.Equal(2, progress.Reports.Count(report => report.Stage == ImageTransferStage.Complete));
        Assert.Equal($"{Registry.Name}/team/app@{loaded.ManifestDigest}", Assert.Single((await Fixture.Images.GetAsync("app:1", Token)).RepositoryDigests).ToString());
        using var other = new ImageFixture();
        Image pulled = await other.Images.PullAsync(Name, cancellationToken: Token);
        Assert.Equal((loaded.Id, loaded.ManifestDigest), (pulled.Id, pulled.ManifestDigest));
        Assert.Equal("upper", ReadFile(pulled, "b"));
    }

    [Fact]
    public async Task What_the_registry_has_is_not_sent_again()
    {
        byte[] layer = ImageFixture.Layer("a");
        AddImage("1", layer);
        await Fixture.Images.PullAsync(Name, cancellationToken: Token);
        await Fixture.Images.TagAsync(Name, $"{Registry.Name}/team/app:2", Token);
        var progress = new ProgressRecorder();

        await Fixture.Images.PushAsync($"{Registry.Name}/team/app:2", progress, Token);

        Assert.Equal(0, Registry.Count("POST", "/uploads/"));
        Assert.Equal(ImageTransferStage.Existing, progress.Reports.Last().Stage);
        Assert.Contains("team/app:2", Registry.Manifests.Keys);
    }

    [Fact]
    public async Task Layers_are_taken_from_another_repository_of_the_registry()
    {
        byte[] layer = ImageFixture.Layer("a");
        AddImage("1", layer);
        await Fixture.Images.PullAsync(Name, cancellationToken: Token);
        var progress = new ProgressRecorder();

        await Fixture.Images.PushAsync(Name, new ImagePushOptions { Destination = $"{Registry.Name}/other/copy:1", Progress = progress }, Token);

        Assert.Equal(0, Registry.Count("PUT", "/uploads/"));
        Assert.Equal(ImageTransferStage.Mounted, progress.Reports.Last().Stage);
        Assert.Contains("other/copy@" + TestRegistry.DigestOf(ImageFixture.Gzip(layer)), Registry.Blobs.Keys);
    }

    [Fact]
    public async Task A_push_survives_dropped_connections_and_passing_errors()
    {
        byte[] layer = LargeLayer(3_000_000);
        await Fixture.Images.LoadAsync(Fixture.WriteLayout("layout", "app:1", layer), Token);
        FaultProxy proxy = OwnServer(new FaultProxy(Registry.Port, number => number < 2 ? new ConnectionFault(CutRequestAfter: 900_000) : null));
        Registry.FailFirst(1, "PUT", "/manifests/", context => TestRegistry.FailAsync(context, 503, "UNAVAILABLE"));

        await Fixture.Images.PushAsync("app:1", new ImagePushOptions { Destination = $"{proxy.Name}/team/app:1" }, Token);

        Assert.Contains("team/app@" + TestRegistry.DigestOf(ImageFixture.Gzip(layer)), Registry.Blobs.Keys);
        Assert.Contains("team/app:1", Registry.Manifests.Keys);
    }

    [Fact]
    public async Task A_refused_push_is_an_error()
    {
        await Fixture.Images.LoadAsync(Fixture.WriteLayout("layout", "app:1", ImageFixture.Layer("a")), Token);
        Registry.User = "ada:secret";

        RegistryAccessException e = await Assert.ThrowsAsync<RegistryAccessException>(
            () => Fixture.Images.PushAsync("app:1", new ImagePushOptions { Destination = Name }, Token));

        Assert.True(e.IsUnauthorized);
        Assert.Empty(Registry.Blobs);
        Assert.Empty((await Fixture.Images.GetAsync("app:1", Token)).RepositoryDigests);
        await Fixture.Images.PushAsync("app:1", new ImagePushOptions { Destination = Name, Credential = RegistryCredential.FromPassword("ada", "secret") }, Token);
    }

    [Fact]
    public async Task An_image_that_is_not_here_or_a_name_that_is_none_can_not_be_pushed()
    {
        Image image = (await Fixture.Images.LoadAsync(Fixture.WriteLayout("layout", "app:1", ImageFixture.Layer("a")), Token))[0];

        await Assert.ThrowsAsync<NotFoundException>(() => Fixture.Images.PushAsync(Name, cancellationToken: Token));
        await Assert.ThrowsAsync<InvalidContentException>(() => Fixture.Images.PushAsync(image.Id.Hex, cancellationToken: Token));
        await Assert.ThrowsAsync<InvalidContentException>(
            () => Fixture.Images.PushAsync("app:1", new ImagePushOptions { Destination = $"{Name}@{image.ManifestDigest}" }, Token));
        Assert.Empty(Registry.Requests);
    }
}

using ContainerKit.Oci;
using ContainerKit.TestSupport.Files;
using Xunit;

namespace ContainerKit.Tests.Images;

public sealed class ImageInteroperabilityTests : IDisposable
{
    private readonly ImageFixture _fixture = new();

    private static CancellationToken Token => ImageFixture.Token;

    public void Dispose() => _fixture.Dispose();

    private static void Require(string program)
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, program))))
        {
            Assert.Skip($"missing capability: {program}");
        }
    }

    [Fact]
    public async Task Skopeo_reads_the_data_root_as_an_OCI_layout()
    {
        Require("skopeo");
        await _fixture.Images.LoadAsync(_fixture.WriteLayout("layout", "app:1.0", ImageFixture.Layer("a"), ImageFixture.Layer("b")), Token);
        await _fixture.Images.ImportAsync(
            new MemoryStream(ImageFixture.Layer("c")), new ImageImportOptions { Reference = "registry.example:5000/team/tool:2" }, Token);
        TemporaryDirectory.Run("skopeo", "inspect", $"oci:{_fixture.Root.Path}:app:1.0");
        TemporaryDirectory.Run("skopeo", "inspect", "--config", $"oci:{_fixture.Root.Path}:registry.example:5000/team/tool:2");
        await _fixture.Images.RemoveAsync("app:1.0", Token);
        TemporaryDirectory.Run("skopeo", "inspect", $"oci:{_fixture.Root.Path}:registry.example:5000/team/tool:2");
    }

    [Theory]
    [InlineData("oci:", ":app:1")]
    [InlineData("oci-archive:", ":app:1")]
    [InlineData("docker-archive:", ":app:1")]
    public async Task What_skopeo_copies_is_loaded(string transport, string suffix)
    {
        Require("skopeo");
        string layout = _fixture.WriteLayout("layout", "app:1", ImageFixture.Layer("a"), ImageFixture.Layer("b"), ImageFixture.Layer("a"));
        string copy = _fixture["copy"];
        TemporaryDirectory.Run("skopeo", "copy", "--insecure-policy", $"oci:{layout}:app:1", transport + copy + suffix);
        Image image = Assert.Single(await _fixture.Images.LoadAsync(copy, Token));
        Assert.Equal("app:1", image.ToString());
        Assert.Equal(3, image.Layers.Count);
        Assert.Equal(2, image.ResolveLayerDirectories().Length);
    }

    [Fact]
    public async Task What_umoci_packs_is_loaded()
    {
        Require("umoci");
        string layout = _fixture["layout"];
        string bundle = _fixture["bundle"];
        string[] rootless = Environment.IsPrivilegedProcess ? [] : ["--rootless"];
        TemporaryDirectory.Run("umoci", "init", "--layout", layout);
        TemporaryDirectory.Run("umoci", "new", "--image", layout + ":app");
        TemporaryDirectory.Run("umoci", ["unpack", .. rootless, "--image", layout + ":app", bundle]);
        Directory.CreateDirectory(Path.Combine(bundle, "rootfs/etc/sub"));
        File.WriteAllText(Path.Combine(bundle, "rootfs/etc/sub/file"), "first");
        TemporaryDirectory.Run("umoci", "repack", "--refresh-bundle", "--image", layout + ":app", bundle);
        File.Delete(Path.Combine(bundle, "rootfs/etc/sub/file"));
        File.WriteAllText(Path.Combine(bundle, "rootfs/etc/second"), "second");
        TemporaryDirectory.Run("umoci", "repack", "--image", layout + ":app", bundle);
        TemporaryDirectory.Run("umoci", "config", "--image", layout + ":app", "--config.user", "5", "--config.cmd", "/second");

        Image image = Assert.Single(await _fixture.Images.LoadAsync(layout, Token));
        Assert.Equal("5", image.Configuration.Config.User);
        using var view = new ContainerKit.Storage.MergedView(image.ResolveLayerDirectories());
        Assert.Null(view.Find("/etc/sub/file"));
        Assert.NotNull(view.Find("/etc/sub"));
        Assert.Equal("second", view.ReadAllText("/etc/second"));
    }

    [Fact]
    public async Task A_tree_packed_by_GNU_tar_comes_back_file_by_file()
    {
        Require("tar");
        string tree = _fixture["tree"];
        Directory.CreateDirectory(Path.Combine(tree, "usr/bin"));
        Directory.CreateDirectory(Path.Combine(tree, "empty"));
        File.WriteAllText(Path.Combine(tree, "usr/bin/tool"), "tool");
        File.CreateSymbolicLink(Path.Combine(tree, "bin"), "usr/bin");
        File.WriteAllText(Path.Combine(tree, new string('n', 200)), "long name");
        foreach (string format in (string[])["gnu", "pax", "ustar", "v7"])
        {
            string archive = _fixture[format + ".tar"];
            string[] excluded = format is "ustar" or "v7" ? ["--exclude", "nnn*"] : [];
            TemporaryDirectory.Run("tar", ["-C", tree, "--format", format, "--numeric-owner", .. excluded, "-cf", archive, "."]);
            Image image = await _fixture.Images.ImportAsync(archive, cancellationToken: Token);
            string layer = image.ResolveLayerDirectories()[0];
            TemporaryDirectory.Run("tar", "-C", layer, "--compare", "--numeric-owner", "-f", archive);
            Assert.Equal(Digest.Compute(File.ReadAllBytes(archive)), image.Layers[0]);
        }
    }
}

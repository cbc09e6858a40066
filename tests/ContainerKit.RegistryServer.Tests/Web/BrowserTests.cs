using ContainerKit.Oci;
using ContainerKit.RegistryServer.Tests.Clients;
using Xunit;

namespace ContainerKit.RegistryServer.Tests.Web;

/// <summary>The page in Chromium: what it makes of the markup, under the policy that comes with it.</summary>
public sealed class BrowserTests : IDisposable
{
    private readonly ClientWorkspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task Chromium_shows_the_pages_with_their_style_and_runs_nothing_that_a_client_has_pushed()
    {
        ClientWorkspace.Require("chromium");
        await using RegistryFixture registry = await _workspace.StartAsync(ClientWorkspace.None);
        const string script = "</code><script>document.title='run'</script><img src=x onerror=\"document.title='run'\">";
        Descriptor config = await registry.PushBlobAsync("team/app", """{"os":"linux","architecture":"arm64","rootfs":{"type":"layers","diff_ids":[]}}"""u8.ToArray(), MediaTypes.OciConfig);
        Descriptor layer = await registry.PushBlobAsync("team/app", new byte[2500], "application/" + script);
        Descriptor image = await registry.PushManifestAsync("team/app", "v1", new ImageManifest { Config = config, Layers = [layer] }.ToUtf8Json());
        byte[] index = new ImageIndex { Manifests = [image with { Platform = new Platform { Os = "linux", Architecture = "s390x" } }] }.ToUtf8Json();
        await registry.PushManifestAsync("team/app", "multi", index, MediaTypes.OciIndex);

        string list = await DumpAsync(registry, "/");
        Assert.Contains("<a href=\"/repositories/team/app\">team/app</a>", list, StringComparison.Ordinal);
        string tags = await DumpAsync(registry, "/repositories/team/app");
        Assert.Contains("linux/s390x", tags, StringComparison.Ordinal);
        Assert.Contains("linux/arm64", tags, StringComparison.Ordinal);
        string tag = await DumpAsync(registry, "/repositories/team/app?tag=v1");
        Assert.Contains("<title>team/app:v1</title>", tag, StringComparison.Ordinal);
        Assert.Contains($"docker pull {registry.Server.Name}/team/app:v1", tag, StringComparison.Ordinal);
        Assert.Contains("2.5 kB", tag, StringComparison.Ordinal);
        Assert.Contains(layer.Digest.ToString(), tag, StringComparison.Ordinal);

        // A picture of one page as it looks, which people can look at, too.
        string picture = Environment.GetEnvironmentVariable("CONTAINERKIT_REGISTRY_PICTURE") is { Length: > 0 } wanted ? wanted : _workspace.PathOf("page.png");
        await ChromiumAsync("--window-size=1100,800", $"--screenshot={picture}", $"{registry.Client.BaseAddress}repositories/team/app");
        byte[] png = await File.ReadAllBytesAsync(picture, RegistryFixture.Stop);
        Assert.Equal("PNG"u8, png.AsSpan(1, 3));
    }

    /// <summary>The document as Chromium has it after loading. Fails where something was refused by the page's policy, as its style would be that it does not name.</summary>
    private async Task<string> DumpAsync(RegistryFixture registry, string path)
    {
        string output = await ChromiumAsync("--dump-dom", $"http://{registry.Server.Name}{path}");
        Assert.DoesNotContain("Content Security Policy", output, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("<style>", output, StringComparison.Ordinal);
        return output;
    }

    private Task<string> ChromiumAsync(params string[] arguments) => _workspace.RunAsync(
        "/bin/sh",
        [
            "-c", "exec chromium \"$@\" 2>&1", "sh", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--enable-logging=stderr",
            "--no-proxy-server", $"--user-data-dir={_workspace.PathOf("chromium")}", .. arguments,
        ]);
}

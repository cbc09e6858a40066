using System.Net;
using ContainerKit.Oci;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Web;

public sealed class WebPageTests
{
    [Fact]
    public async Task Page_shows_repositories_tags_platforms_and_layers_and_nothing_of_them_is_markup()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor config = await registry.PushBlobAsync("team/app", """{"os":"linux","architecture":"arm64","rootfs":{"type":"layers","diff_ids":[]},"author":"<script>"}"""u8.ToArray(), MediaTypes.OciConfig);
        Descriptor layer = await registry.PushBlobAsync("team/app", new byte[2500], "application/<script>alert(1)</script>");
        await registry.PushManifestAsync("team/app", "v1", new ImageManifest { Config = config, Layers = [layer] }.ToUtf8Json());

        using HttpResponseMessage list = await registry.GetAsync("/");
        Assert.Contains("<a href=\"/repositories/team/app\">team/app</a>", await list.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        string policy = list.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; style-src 'sha256-", policy, StringComparison.Ordinal);
        string tags = await registry.Client.GetStringAsync("/repositories/team/app", Stop);
        Assert.Contains("<a href=\"/repositories/team/app?tag=v1\">v1</a>", tags, StringComparison.Ordinal);
        Assert.Contains("<td>linux/arm64</td>", tags, StringComparison.Ordinal);
        string tag = await registry.Client.GetStringAsync("/repositories/team/app?tag=v1", Stop);
        Assert.Contains($"docker pull {registry.Server.Name}/team/app:v1", tag, StringComparison.Ordinal);
        Assert.Contains("2.5 kB", tag, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)", tag, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", tag, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await ErrorOf(await registry.GetAsync("/repositories/absent"))).Status);
    }

    [Fact]
    public async Task Thousand_tags_are_in_pages_that_lead_to_each_other()
    {
        await using RegistryFixture registry = await StartAsync();
        await registry.PushImageAsync("app", "t0000");
        string tags = Path.Combine(registry.Storage, "repositories/app/_tags");
        for (int i = 1; i < 1000; i++)
            File.Copy(Path.Combine(tags, "t0000"), Path.Combine(tags, $"t{i:D4}"));
        int pages = 0, shown = 0;
        for (string? next = "/repositories/app"; next is not null; pages++)
        {
            string page = await registry.Client.GetStringAsync(next, Stop);
            Assert.Contains("<p>1000 tags</p>", page, StringComparison.Ordinal);
            shown += page.Split("?tag=t").Length - 1;
            next = page.Split("<a href=\"").FirstOrDefault(link => link.Contains(">Next page<", StringComparison.Ordinal))?.Split('"')[0];
        }

        Assert.Equal((10, 1000), (pages, shown));
    }
}

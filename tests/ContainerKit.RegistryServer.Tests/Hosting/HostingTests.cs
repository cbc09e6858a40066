using System.Net;
using System.Text.Json;
using ContainerKit.Oci;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Hosting;

public sealed class HostingTests
{
    [Theory]
    [InlineData("")]
    [InlineData("/inner")]
    public async Task Registry_is_part_of_an_application_at_its_root_or_in_a_group(string prefix)
    {
        string directory = NewDirectory();
        try
        {
            await using OciRegistry registry = OciRegistry.Open(new OciRegistryOptions { StorageDirectory = directory });
            WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
            builder.Services.AddRoutingCore();
            await using WebApplication app = builder.Build();
            app.UseRouting();
            ((IEndpointRouteBuilder)app).MapGroup(prefix).MapOciRegistry(registry);
            app.UseEndpoints(_ => { });
            await app.StartAsync(Stop);
            using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()), Timeout = Patience };
            byte[] content = [1, 2, 3];
            using HttpResponseMessage begun = await client.PostAsync($"{prefix}/v2/app/blobs/uploads/", null, Stop);
            Assert.StartsWith($"{prefix}/v2/app/blobs/uploads/", begun.Headers.Location!.ToString(), StringComparison.Ordinal);
            using HttpResponseMessage done = await client.PutAsync($"{begun.Headers.Location}?digest={Digest.Compute(content)}", new ByteArrayContent(content), Stop);
            Assert.Equal(HttpStatusCode.Created, done.StatusCode);
            Assert.Equal(content, await client.GetByteArrayAsync(done.Headers.Location, Stop));
            await app.StopAsync(Stop);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Push_is_told_to_receivers_which_may_fail_first()
    {
        List<string> events = [];
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int calls = 0;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        await using WebApplication receiver = builder.Build();
        receiver.Run(async http =>
        {
            if (Interlocked.Increment(ref calls) == 1)
            {
                http.Response.StatusCode = 500;
                return;
            }

            using var reader = new StreamReader(http.Request.Body);
            events.Add($"{http.Request.ContentType} {http.Request.Headers.Authorization} {await reader.ReadToEndAsync(Stop)}");
            taken.TrySetResult();
        });
        await receiver.StartAsync(Stop);
        var webhook = new OciRegistryWebhook { Address = new Uri(receiver.Urls.First() + "/hook"), Headers = new Dictionary<string, string> { ["Authorization"] = "secret" }, RetryDelay = TimeSpan.FromMilliseconds(1) };
        await using RegistryFixture registry = await StartAsync(options => options with { Registry = options.Registry with { Webhooks = [webhook] } });
        Descriptor image = await registry.PushImageAsync("app", "v1");
        await taken.Task.WaitAsync(Patience, Stop);
        Assert.StartsWith("application/vnd.docker.distribution.events.v1+json secret ", events[0], StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(events[0][events[0].IndexOf('{', StringComparison.Ordinal)..]);
        JsonElement happened = document.RootElement.GetProperty("events")[0], target = happened.GetProperty("target");
        Assert.Equal(("push", "app", "v1", image.Digest.ToString()), (
            happened.GetProperty("action").GetString(), target.GetProperty("repository").GetString(), target.GetProperty("tag").GetString(), target.GetProperty("digest").GetString()));
        await receiver.StopAsync(Stop);
    }

    [Fact]
    public async Task Health_and_metrics_say_how_it_is()
    {
        await using RegistryFixture registry = await StartAsync();
        await registry.PushImageAsync("app", "v1");
        Assert.Equal("ok\n", await registry.Client.GetStringAsync("/healthz", Stop));
        string metrics = await registry.Client.GetStringAsync("/metrics", Stop);
        Assert.Contains("containerkit_registry_requests_total{route=\"manifest\",method=\"PUT\",status=\"201\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("containerkit_registry_received_bytes_total 7\n", metrics, StringComparison.Ordinal);
    }

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
}

using System.Net;
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
    public async Task Health_and_metrics_say_how_it_is()
    {
        await using RegistryFixture registry = await StartAsync();
        await registry.PushImageAsync("app", "v1");
        Assert.Equal("ok\n", await registry.Client.GetStringAsync("/healthz", Stop));
        string metrics = await registry.Client.GetStringAsync("/metrics", Stop);
        Assert.Contains("containerkit_registry_requests_total{route=\"manifest\",method=\"PUT\",status=\"201\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("containerkit_registry_received_bytes_total 7\n", metrics, StringComparison.Ordinal);
    }
}

using Microsoft.AspNetCore.Http;
using Xunit;

namespace ContainerKit.Oci.Tests.Registry;

public sealed class ListingTests : RegistryTest
{
    [Fact]
    public async Task Tags_come_from_all_pages()
    {
        string[] tags = [.. Enumerable.Range(0, 25).Select(number => $"v{number:00}")];
        Array.ForEach(tags, tag => Server.AddManifest("team/app", tag, MediaTypes.OciManifest, Manifest()));
        Server.PageSize = 10;

        Assert.Equal(tags, await Open().ListTagsAsync(Reference(), Token).ToListAsync(Token));
        Assert.Equal(3, Server.Requests.Count);
    }

    [Fact]
    public async Task Repositories_come_from_all_pages()
    {
        string[] names = ["a", "b/c", "library/alpine"];
        Array.ForEach(names, name => Server.AddManifest(name, "1", MediaTypes.OciManifest, Manifest()));
        Server.PageSize = 1;

        Assert.Equal(names, await Open().ListRepositoriesAsync(Server.Name, Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Names_that_break_the_grammar_are_left_out()
    {
        Server.Fault = async context =>
        {
            await context.Response.WriteAsync("""{"tags":["good","../../etc","",null,"bad tag"],"repositories":["ok","UPPER","../x",null]}""");
            return true;
        };

        Assert.Equal(["good"], await Open().ListTagsAsync(Reference(), Token).ToListAsync(Token));
        Assert.Equal(["ok"], await Open().ListRepositoriesAsync(Server.Name, Token).ToListAsync(Token));
    }

    [Theory]
    [InlineData("http://127.0.0.1:9/v2/team/app/tags/list?last=x")]
    [InlineData("https://elsewhere.example/v2/")]
    [InlineData("/v2/team/app/tags/list?n=1000")]
    public async Task A_next_page_elsewhere_or_without_end_is_refused(string link)
    {
        Server.Fault = async context =>
        {
            context.Response.Headers.Link = $"<{link}>; rel=\"next\"";
            await context.Response.WriteAsync("""{"tags":["a"]}""");
            return true;
        };

        await Assert.ThrowsAsync<RegistryException>(async () => await Open().ListTagsAsync(Reference(), Token).ToListAsync(Token));
        Assert.Single(Server.Requests);
    }

    [Fact]
    public async Task A_repository_that_is_not_there_is_an_error()
    {
        RegistryException e = await Assert.ThrowsAsync<RegistryException>(async () => await Open().ListTagsAsync(Reference("none"), Token).ToListAsync(Token));

        Assert.Equal(RegistryErrorCodes.NameUnknown, e.ErrorCode);
    }

    [Fact]
    public async Task Limits_of_pulls_are_known_after_a_request()
    {
        Server.AddManifest("team/app", "1", MediaTypes.OciManifest, Manifest());
        Server.Fault = context =>
        {
            context.Response.Headers["RateLimit-Limit"] = "100;w=21600";
            context.Response.Headers["RateLimit-Remaining"] = "76;w=21600";
            context.Response.Headers["Docker-RateLimit-Source"] = "192.0.2.1";
            return Task.FromResult(false);
        };
        RegistryClient client = Open();
        Assert.Null(client.GetRateLimit(Server.Name));

        await client.Manifests.HeadAsync(Reference(suffix: ":1"), Token);

        Assert.Equal(new RegistryRateLimit(100, 76, TimeSpan.FromHours(6), "192.0.2.1"), client.GetRateLimit(Server.Name));
    }

    [Fact]
    public async Task A_ping_tells_a_registry_from_none()
    {
        await Open().PingAsync(Server.Name, Token);
        Server.Fault = context =>
        {
            context.Response.StatusCode = 404;
            return Task.FromResult(true);
        };

        await Assert.ThrowsAsync<RegistryException>(() => Open().PingAsync(Server.Name, Token));
        await Assert.ThrowsAsync<OciFormatException>(() => Open().PingAsync("no/registry", Token));
    }
}

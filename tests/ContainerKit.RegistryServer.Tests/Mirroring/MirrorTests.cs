using System.Net;
using ContainerKit.Oci;
using ContainerKit.RegistryServer.Tests.Collection;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Mirroring;

public sealed class MirrorTests
{
    [Fact]
    public async Task Images_are_fetched_once_and_served_also_when_the_other_registry_is_gone()
    {
        await using RegistryFixture upstream = await StartAsync();
        Descriptor image = await upstream.PushImageAsync("team/app", "v1");
        Descriptor large = await upstream.PushBlobAsync("team/app", new byte[3_000_000]);
        await using RegistryFixture cache = await StartAsync(Mirror(upstream, TimeSpan.Zero));
        await CollectionTests.AssertWholeAsync(cache, "team/app", "v1");

        // Several at once, while it comes.
        byte[][] read = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => cache.Client.GetByteArrayAsync($"/v2/team/app/blobs/{large.Digest}", Stop)));
        Assert.All(read, content => Assert.Equal(large.Digest, Digest.Compute(content)));
        Assert.Equal((HttpStatusCode.NotFound, "MANIFEST_UNKNOWN"), await ErrorOf(await cache.GetAsync("/v2/team/app/manifests/absent")));
        Assert.Equal((HttpStatusCode.NotFound, "BLOB_UNKNOWN"), await ErrorOf(await cache.GetAsync($"/v2/team/app/blobs/{Digest.Compute("absent"u8)}")));
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "UNSUPPORTED"), await ErrorOf(await cache.SendAsync(HttpMethod.Post, "/v2/team/app/blobs/uploads/")));

        // A tag that is moved there is moved here.
        Descriptor moved = await upstream.PushImageAsync("team/app", "v1", "another layer");
        using (HttpResponseMessage head = await cache.SendAsync(HttpMethod.Head, "/v2/team/app/manifests/v1"))
            Assert.Equal(moved.Digest.ToString(), head.Headers.GetValues("Docker-Content-Digest").Single());
        await CollectionTests.AssertWholeAsync(cache, "team/app", "v1");
        await upstream.Server.DisposeAsync();
        await CollectionTests.AssertWholeAsync(cache, "team/app", "v1");
        using HttpResponseMessage byDigest = await cache.GetAsync($"/v2/team/app/manifests/{image.Digest}");
        Assert.Equal(HttpStatusCode.OK, byDigest.StatusCode);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "UNAVAILABLE"), await ErrorOf(await cache.GetAsync("/v2/team/app/manifests/new")));
    }

    [Fact]
    public async Task Tag_that_is_fresh_is_not_asked_for()
    {
        await using RegistryFixture upstream = await StartAsync();
        Descriptor image = await upstream.PushImageAsync("app", "v1");
        await using RegistryFixture cache = await StartAsync(Mirror(upstream, TimeSpan.FromHours(1)));
        (await cache.GetAsync("/v2/app/manifests/v1")).Dispose();
        await upstream.PushImageAsync("app", "v1", "another layer");
        using HttpResponseMessage head = await cache.SendAsync(HttpMethod.Head, "/v2/app/manifests/v1");
        Assert.Equal(image.Digest.ToString(), head.Headers.GetValues("Docker-Content-Digest").Single());
    }

    private static Func<OciRegistryServerOptions, OciRegistryServerOptions> Mirror(RegistryFixture upstream, TimeSpan lifetime) => options => options with
    {
        Registry = options.Registry with
        {
            Mirror = new OciRegistryMirrorOptions
            {
                Registry = upstream.Server.Name,
                TagLifetime = lifetime,
                Client = new RegistryClientOptions { Credentials = CredentialSources.None, MaxRetries = 0 },
            },
        },
    };
}

using System.Net;
using System.Net.Http.Headers;
using ContainerKit.Oci;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Protocol;

/// <summary>The category "Pull" of the specification, sentence by sentence.</summary>
public sealed class PullTests
{
    [Fact]
    public async Task Registry_answers_200_at_the_base_so_that_clients_know_what_it_is()
    {
        await using RegistryFixture registry = await StartAsync();
        using HttpResponseMessage response = await registry.GetAsync("/v2/");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("registry/2.0", response.Headers.GetValues("Docker-Distribution-Api-Version").Single());
        using HttpResponseMessage without = await registry.GetAsync("/v2");
        Assert.Equal(HttpStatusCode.OK, without.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Manifest_is_given_by_tag_and_by_digest_as_it_was_pushed_with_its_type_and_digest(bool byDigest)
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor image = await registry.PushImageAsync("team/app", "v1");
        string path = $"/v2/team/app/manifests/{(byDigest ? image.Digest : "v1")}";

        using HttpResponseMessage get = await registry.GetAsync(path, ("Accept", "text/plain"));
        Assert.Equal(HttpStatusCode.OK, get.StatusCode);
        Assert.Equal(MediaTypes.OciManifest, get.Content.Headers.ContentType!.MediaType);
        Assert.Equal(image.Digest.ToString(), get.Headers.GetValues("Docker-Content-Digest").Single());
        Assert.Equal(image.Digest, Digest.Compute(await get.Content.ReadAsByteArrayAsync(Stop)));

        using HttpResponseMessage head = await registry.SendAsync(HttpMethod.Head, path);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(image.Size, head.Content.Headers.ContentLength);
        Assert.Equal(image.Digest.ToString(), head.Headers.GetValues("Docker-Content-Digest").Single());
    }

    [Fact]
    public async Task Manifest_that_is_not_found_is_a_404()
    {
        await using RegistryFixture registry = await StartAsync();
        Digest absent = Digest.Compute("absent"u8);
        foreach (string path in (string[])["/v2/team/app/manifests/v1", $"/v2/team/app/manifests/{absent}"])
        {
            Assert.Equal((HttpStatusCode.NotFound, "MANIFEST_UNKNOWN"), await ErrorOf(await registry.GetAsync(path)));
            using HttpResponseMessage head = await registry.SendAsync(HttpMethod.Head, path);
            Assert.Equal(HttpStatusCode.NotFound, head.StatusCode);
            Assert.Empty(await head.Content.ReadAsByteArrayAsync(Stop));
        }
    }

    [Theory]
    [InlineData(Digest.Sha256)]
    [InlineData(Digest.Sha512)]
    public async Task Blob_is_given_by_digest_of_either_algorithm(string algorithm)
    {
        await using RegistryFixture registry = await StartAsync();
        byte[] content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))];
        Digest digest = Digest.Compute(content, algorithm);
        using HttpResponseMessage push = await registry.SendAsync(HttpMethod.Post, $"/v2/app/blobs/uploads/?digest={digest}", Body(content));
        Assert.Equal(HttpStatusCode.Created, push.StatusCode);

        using HttpResponseMessage get = await registry.GetAsync($"/v2/app/blobs/{digest}");
        Assert.Equal(content, await get.Content.ReadAsByteArrayAsync(Stop));
        Assert.Equal(digest.ToString(), get.Headers.GetValues("Docker-Content-Digest").Single());
        using HttpResponseMessage head = await registry.SendAsync(HttpMethod.Head, $"/v2/app/blobs/{digest}");
        Assert.Equal((HttpStatusCode.OK, (long?)content.Length), (head.StatusCode, head.Content.Headers.ContentLength));
        using HttpResponseMessage same = await registry.GetAsync($"/v2/app/blobs/{digest}", ("If-None-Match", $"\"{digest}\""));
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
    }

    [Fact]
    public async Task Blob_that_is_not_found_in_the_repository_is_a_404_also_where_another_repository_has_it()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor blob = await registry.PushBlobAsync("private/app", [1, 2, 3]);
        Assert.Equal((HttpStatusCode.NotFound, "BLOB_UNKNOWN"), await ErrorOf(await registry.GetAsync($"/v2/other/blobs/{blob.Digest}")));
        using HttpResponseMessage head = await registry.SendAsync(HttpMethod.Head, $"/v2/other/blobs/{blob.Digest}");
        Assert.Equal(HttpStatusCode.NotFound, head.StatusCode);
    }

    [Theory]
    [InlineData("bytes=0-3", 206, "0123", "bytes 0-3/10")]
    [InlineData("bytes=4-", 206, "456789", "bytes 4-9/10")]
    [InlineData("bytes=-3", 206, "789", "bytes 7-9/10")]
    [InlineData("bytes=-99", 206, "0123456789", "bytes 0-9/10")]
    [InlineData("bytes=8-99", 206, "89", "bytes 8-9/10")]
    [InlineData("bytes=10-", 416, "", "bytes */10")]
    [InlineData("bytes=-0", 416, "", "bytes */10")]
    [InlineData("bytes=5-2", 200, "0123456789", null)]
    [InlineData("bytes=0-1,4-5", 200, "0123456789", null)]
    [InlineData("lines=0-1", 200, "0123456789", null)]
    [InlineData("bytes=99999999999999999999-", 200, "0123456789", null)]
    public async Task Ranges_of_blobs_are_as_in_http(string range, int status, string content, string? contentRange)
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor blob = await registry.PushBlobAsync("app", "0123456789"u8.ToArray());
        using HttpResponseMessage response = await registry.GetAsync($"/v2/app/blobs/{blob.Digest}", ("Range", range));
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(content, await response.Content.ReadAsStringAsync(Stop));
        Assert.Equal(contentRange, response.Content.Headers.ContentRange?.ToString());
    }

    [Fact]
    public async Task Range_of_other_content_is_everything()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor blob = await registry.PushBlobAsync("app", "0123456789"u8.ToArray());
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v2/app/blobs/{blob.Digest}") { Headers = { Range = new RangeHeaderValue(2, 3) } };
        request.Headers.TryAddWithoutValidation("If-Range", "\"something else\"");
        using HttpResponseMessage response = await registry.Client.SendAsync(request, Stop);
        Assert.Equal(10, (await response.Content.ReadAsByteArrayAsync(Stop)).Length);
    }

    [Theory]
    [InlineData("/v2/App/manifests/v1", "NAME_INVALID")]
    [InlineData("/v2/app/manifests/.v1", "TAG_INVALID")]
    [InlineData("/v2/app/manifests/sha256:12", "DIGEST_INVALID")]
    [InlineData("/v2/app/blobs/md5:d41d8cd98f00b204e9800998ecf8427e", "DIGEST_INVALID")]
    [InlineData("/v2/a..b/manifests/v1", "NAME_INVALID")]
    [InlineData("/v2/_blobs/tags/list", "NAME_INVALID")]
    [InlineData("/v2/a%2F..%2Fb/tags/list", "NAME_INVALID")]
    [InlineData("/v2/a%00/tags/list", "NAME_INVALID")]
    public async Task Names_references_and_digests_that_break_the_grammar_are_a_400(string path, string code)
    {
        await using RegistryFixture registry = await StartAsync();
        using HttpResponseMessage response = await registry.GetAsync(path);
        if (path.Contains("%00", StringComparison.Ordinal))
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        else
            Assert.Equal((HttpStatusCode.BadRequest, code), await ErrorOf(response));
    }

    [Fact]
    public async Task Words_of_the_protocol_can_be_parts_of_names()
    {
        await using RegistryFixture registry = await StartAsync();
        foreach (string name in (string[])["blobs", "manifests/tags", "a/blobs/uploads", "tags/list", "v2"])
        {
            Descriptor image = await registry.PushImageAsync(name, "list", name);
            using HttpResponseMessage response = await registry.GetAsync($"/v2/{name}/manifests/list");
            Assert.Equal(image.Digest.ToString(), response.Headers.GetValues("Docker-Content-Digest").Single());
        }
    }
}

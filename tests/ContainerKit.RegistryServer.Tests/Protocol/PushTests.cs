using System.Net;
using System.Text;
using ContainerKit.Oci;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Protocol;

/// <summary>"Pushing blobs" of the specification.</summary>
public sealed class PushTests
{
    private static readonly byte[] Content = Encoding.ASCII.GetBytes("0123456789abcdefghij");

    private static Digest ContentDigest => Digest.Compute(Content);

    [Fact]
    public async Task Blob_is_pushed_by_post_then_put()
    {
        await using RegistryFixture registry = await StartAsync();
        using HttpResponseMessage begun = await registry.SendAsync(HttpMethod.Post, "/v2/app/blobs/uploads/");
        Assert.Equal(HttpStatusCode.Accepted, begun.StatusCode);
        using HttpResponseMessage done = await registry.SendAsync(HttpMethod.Put, $"{begun.Headers.Location}?digest={ContentDigest}", Body(Content));
        Assert.Equal(HttpStatusCode.Created, done.StatusCode);
        using HttpResponseMessage get = await registry.GetAsync(done.Headers.Location!.ToString());
        Assert.Equal(Content, await get.Content.ReadAsByteArrayAsync(Stop));
        Assert.Empty(registry.Leftovers());
    }

    [Fact]
    public async Task Blobs_that_are_pushed_at_once_into_repositories_that_are_not_there_yet_are_all_taken()
    {
        await using RegistryFixture registry = await StartAsync();
        for (int i = 0; i < 10; i++)
        {
            Descriptor[] blobs = await Task.WhenAll(Enumerable.Range(0, 8).Select(k => registry.PushBlobAsync($"team/app{i}", [(byte)k])));
            foreach (Descriptor blob in blobs)
            {
                using HttpResponseMessage head = await registry.SendAsync(HttpMethod.Head, $"/v2/team/app{i}/blobs/{blob.Digest}");
                Assert.Equal(HttpStatusCode.OK, head.StatusCode);
            }
        }
    }

    [Fact]
    public async Task Blob_is_pushed_by_a_single_post()
    {
        await using RegistryFixture registry = await StartAsync();
        using HttpResponseMessage done = await registry.SendAsync(HttpMethod.Post, $"/v2/app/blobs/uploads/?digest={ContentDigest}", Body(Content));
        Assert.Equal(HttpStatusCode.Created, done.StatusCode);
        Assert.Equal($"/v2/app/blobs/{ContentDigest}", done.Headers.Location!.ToString());
        Assert.Empty(registry.Leftovers());
    }

    [Fact]
    public async Task Blob_is_pushed_in_chunks_and_its_status_can_be_asked_for_between_them()
    {
        await using RegistryFixture registry = await StartAsync();
        using HttpResponseMessage begun = await registry.SendAsync(HttpMethod.Post, "/v2/app/blobs/uploads/");
        string location = begun.Headers.Location!.ToString();
        using HttpResponseMessage first = await registry.SendAsync(HttpMethod.Patch, location, Body(Content[..8]), ("Content-Range", "0-7"));
        Assert.Equal((HttpStatusCode.Accepted, "0-7"), (first.StatusCode, first.Headers.GetValues("Range").Single()));

        using HttpResponseMessage status = await registry.GetAsync(first.Headers.Location!.ToString());
        Assert.Equal((HttpStatusCode.NoContent, "0-7"), (status.StatusCode, status.Headers.GetValues("Range").Single()));
        Assert.NotNull(status.Headers.Location);

        using HttpResponseMessage second = await registry.SendAsync(HttpMethod.Patch, location, Body(Content[8..12]), ("Content-Range", "8-11"));
        Assert.Equal("0-11", second.Headers.GetValues("Range").Single());
        using HttpResponseMessage done = await registry.SendAsync(HttpMethod.Put, $"{location}?digest={ContentDigest}", Body(Content[12..]), ("Content-Range", "12-19"));
        Assert.Equal(HttpStatusCode.Created, done.StatusCode);
        using HttpResponseMessage get = await registry.GetAsync($"/v2/app/blobs/{ContentDigest}");
        Assert.Equal(Content, await get.Content.ReadAsByteArrayAsync(Stop));
    }

    [Theory]
    [InlineData("5-9")]
    [InlineData("0-4")]
    [InlineData("11-15")]
    [InlineData("bytes=10-14")]
    [InlineData("14-10")]
    [InlineData("x")]
    public async Task Chunk_out_of_order_or_of_a_bad_range_is_a_416_with_the_current_status(string range)
    {
        await using RegistryFixture registry = await StartAsync();
        using HttpResponseMessage begun = await registry.SendAsync(HttpMethod.Post, "/v2/app/blobs/uploads/");
        string location = begun.Headers.Location!.ToString();
        using HttpResponseMessage first = await registry.SendAsync(HttpMethod.Patch, location, Body(Content[..10]), ("Content-Range", "0-9"));
        using HttpResponseMessage bad = await registry.SendAsync(HttpMethod.Patch, location, Body(Content[..5]), ("Content-Range", range));
        Assert.Equal((HttpStatusCode.RequestedRangeNotSatisfiable, "0-9"), (bad.StatusCode, bad.Headers.GetValues("Range").Single()));
        Assert.NotNull(bad.Headers.Location);

        // It goes on from there.
        using HttpResponseMessage done = await registry.SendAsync(HttpMethod.Put, $"{location}?digest={ContentDigest}", Body(Content[10..]), ("Content-Range", "10-19"));
        Assert.Equal(HttpStatusCode.Created, done.StatusCode);
    }

    [Fact]
    public async Task Upload_goes_on_in_another_process_and_after_a_restart()
    {
        await using RegistryFixture registry = await StartAsync();
        await using RegistryFixture second = await StartAsync(registry.Directory);
        using HttpResponseMessage begun = await registry.SendAsync(HttpMethod.Post, "/v2/app/blobs/uploads/");
        string location = begun.Headers.Location!.ToString();
        using HttpResponseMessage first = await registry.SendAsync(HttpMethod.Patch, location, Body(Content[..8]));
        using HttpResponseMessage next = await second.SendAsync(HttpMethod.Patch, location, Body(Content[8..12]));

        // Its hash of the first part is out of date by now.
        using HttpResponseMessage third = await registry.SendAsync(HttpMethod.Patch, location, Body(Content[12..15]));
        Assert.Equal("0-14", third.Headers.GetValues("Range").Single());
        using HttpResponseMessage done = await second.SendAsync(HttpMethod.Put, $"{location}?digest={ContentDigest}", Body(Content[15..]));
        Assert.Equal(HttpStatusCode.Created, done.StatusCode);
        using HttpResponseMessage get = await registry.GetAsync($"/v2/app/blobs/{ContentDigest}");
        Assert.Equal(Content, await get.Content.ReadAsByteArrayAsync(Stop));
    }

    [Fact]
    public async Task Upload_that_is_cancelled_unknown_or_of_another_repository_is_a_404()
    {
        await using RegistryFixture registry = await StartAsync();
        using HttpResponseMessage begun = await registry.SendAsync(HttpMethod.Post, "/v2/app/blobs/uploads/");
        string location = begun.Headers.Location!.ToString();
        Assert.Equal((HttpStatusCode.NotFound, "BLOB_UPLOAD_UNKNOWN"), await ErrorOf(await registry.SendAsync(HttpMethod.Patch, location.Replace("/app/", "/other/", StringComparison.Ordinal), Body(Content))));
        using HttpResponseMessage cancelled = await registry.SendAsync(HttpMethod.Delete, location);
        Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);
        Assert.Equal((HttpStatusCode.NotFound, "BLOB_UPLOAD_UNKNOWN"), await ErrorOf(await registry.GetAsync(location)));
        Assert.Equal((HttpStatusCode.NotFound, "BLOB_UPLOAD_UNKNOWN"), await ErrorOf(await registry.SendAsync(HttpMethod.Put, $"{location}?digest={ContentDigest}", Body(Content))));
        Assert.Equal((HttpStatusCode.NotFound, "BLOB_UPLOAD_UNKNOWN"), await ErrorOf(await registry.SendAsync(HttpMethod.Patch, "/v2/app/blobs/uploads/..%2f..%2fx", Body(Content))));
        Assert.Empty(registry.Leftovers());
    }

    [Fact]
    public async Task Blob_of_another_repository_is_mounted()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor blob = await registry.PushBlobAsync("source", Content);
        using HttpResponseMessage mounted = await registry.SendAsync(HttpMethod.Post, $"/v2/target/blobs/uploads/?mount={blob.Digest}&from=source");
        Assert.Equal((HttpStatusCode.Created, $"/v2/target/blobs/{blob.Digest}"), (mounted.StatusCode, mounted.Headers.Location!.ToString()));
        using HttpResponseMessage get = await registry.GetAsync($"/v2/target/blobs/{blob.Digest}");
        Assert.Equal(Content, await get.Content.ReadAsByteArrayAsync(Stop));
        Assert.Single(Directory.GetFiles(Path.Combine(registry.Storage, "blobs"), "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("from=nowhere")]
    [InlineData("")]
    [InlineData("from=..%2Fsource")]
    public async Task Mount_that_can_not_be_done_begins_an_upload(string from)
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor blob = await registry.PushBlobAsync("source", Content);
        using HttpResponseMessage begun = await registry.SendAsync(HttpMethod.Post, $"/v2/target/blobs/uploads/?mount={blob.Digest}&{from}");
        Assert.Equal(HttpStatusCode.Accepted, begun.StatusCode);
        using HttpResponseMessage done = await registry.SendAsync(HttpMethod.Put, $"{begun.Headers.Location}?digest={blob.Digest}", Body(Content));
        Assert.Equal(HttpStatusCode.Created, done.StatusCode);
    }

    [Fact]
    public async Task Content_that_does_not_match_the_digest_is_refused_and_forgotten()
    {
        await using RegistryFixture registry = await StartAsync();
        Digest wrong = Digest.Compute("something else"u8);
        Assert.Equal((HttpStatusCode.BadRequest, "DIGEST_INVALID"), await ErrorOf(await registry.SendAsync(HttpMethod.Post, $"/v2/app/blobs/uploads/?digest={wrong}", Body(Content))));
        using HttpResponseMessage begun = await registry.SendAsync(HttpMethod.Post, "/v2/app/blobs/uploads/");
        Assert.Equal((HttpStatusCode.BadRequest, "DIGEST_INVALID"), await ErrorOf(await registry.SendAsync(HttpMethod.Put, $"{begun.Headers.Location}?digest={wrong}", Body(Content))));
        using HttpResponseMessage head = await registry.SendAsync(HttpMethod.Head, $"/v2/app/blobs/{wrong}");
        Assert.Equal(HttpStatusCode.NotFound, head.StatusCode);
        Assert.Empty(registry.Leftovers());
    }

    [Fact]
    public async Task Empty_blob_is_a_blob()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor blob = await registry.PushBlobAsync("app", []);
        using HttpResponseMessage get = await registry.GetAsync($"/v2/app/blobs/{blob.Digest}");
        Assert.Equal((HttpStatusCode.OK, (long?)0), (get.StatusCode, get.Content.Headers.ContentLength));
    }

    [Fact]
    public async Task Blob_is_pushed_as_one_stream_whose_length_nobody_says()
    {
        await using RegistryFixture registry = await StartAsync();
        using HttpResponseMessage begun = await registry.SendAsync(HttpMethod.Post, "/v2/app/blobs/uploads/");
        using HttpResponseMessage streamed = await registry.SendAsync(HttpMethod.Patch, begun.Headers.Location!.ToString(), Body(Content), ("Transfer-Encoding", "chunked"));
        Assert.Equal((HttpStatusCode.Accepted, "0-19"), (streamed.StatusCode, streamed.Headers.GetValues("Range").Single()));
        using HttpResponseMessage done = await registry.SendAsync(HttpMethod.Put, $"{streamed.Headers.Location}?digest={ContentDigest}");
        Assert.Equal(HttpStatusCode.Created, done.StatusCode);
        using HttpResponseMessage get = await registry.GetAsync(done.Headers.Location!.ToString());
        Assert.Equal(Content, await get.Content.ReadAsByteArrayAsync(Stop));
    }
}

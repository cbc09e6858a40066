using System.Net;
using System.Text;
using System.Text.Json;
using ContainerKit.Oci;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Protocol;

/// <summary>The category "Push" of the specification, sentence by sentence.</summary>
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
    public async Task Manifest_is_created_and_its_location_leads_to_it()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor blob = await registry.PushBlobAsync("app", Content);
        byte[] manifest = new ImageManifest { Config = blob, Layers = [blob] }.ToUtf8Json();
        using HttpResponseMessage put = await registry.PutManifestAsync("app", "latest", manifest);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal(Digest.Compute(manifest).ToString(), put.Headers.GetValues("Docker-Content-Digest").Single());
        Assert.False(put.Headers.Contains("OCI-Subject"));
        using HttpResponseMessage get = await registry.GetAsync(put.Headers.Location!.ToString());
        Assert.Equal(manifest, await get.Content.ReadAsByteArrayAsync(Stop));

        Digest strong = Digest.Compute(manifest, Digest.Sha512);
        using HttpResponseMessage again = await registry.PutManifestAsync("app", strong.ToString(), manifest);
        Assert.Equal(strong.ToString(), again.Headers.GetValues("Docker-Content-Digest").Single());
    }

    [Fact]
    public async Task Manifest_of_a_digest_that_is_not_that_of_the_content_is_refused()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor blob = await registry.PushBlobAsync("app", Content);
        byte[] manifest = new ImageManifest { Config = blob, Layers = [] }.ToUtf8Json();
        Assert.Equal((HttpStatusCode.BadRequest, "DIGEST_INVALID"), await ErrorOf(await registry.PutManifestAsync("app", Digest.Compute("x"u8).ToString(), manifest)));
    }

    [Fact]
    public async Task Manifest_whose_blobs_or_manifests_are_missing_is_refused_and_each_is_named()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor present = await registry.PushBlobAsync("app", Content), elsewhere = await registry.PushBlobAsync("other", [1]), absent = Descriptor.ForContent(MediaTypes.OciLayer, [2]);
        using HttpResponseMessage response = await registry.PutManifestAsync("app", "v1", new ImageManifest { Config = present, Layers = [elsewhere, absent] }.ToUtf8Json());
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using JsonDocument errors = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Stop));
        Assert.Equal(
            [("MANIFEST_BLOB_UNKNOWN", elsewhere.Digest.ToString()), ("MANIFEST_BLOB_UNKNOWN", absent.Digest.ToString())],
            errors.RootElement.GetProperty("errors").EnumerateArray().Select(error => (error.GetProperty("code").GetString()!, error.GetProperty("detail").GetProperty("digest").GetString()!)));
        byte[] index = new ImageIndex { Manifests = [absent with { MediaType = MediaTypes.OciManifest }] }.ToUtf8Json();
        Assert.Equal((HttpStatusCode.BadRequest, "MANIFEST_BLOB_UNKNOWN"), await ErrorOf(await registry.PutManifestAsync("app", "v1", index, MediaTypes.OciIndex)));
        Assert.Equal((HttpStatusCode.NotFound, "MANIFEST_UNKNOWN"), await ErrorOf(await registry.GetAsync("/v2/app/manifests/v1")));
    }

    [Fact]
    public async Task Layers_that_may_not_be_handed_on_need_not_be_there()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor config = await registry.PushBlobAsync("app", Content, MediaTypes.DockerConfig);
        Descriptor foreign = Descriptor.ForContent(MediaTypes.DockerForeignLayerGzip, [1]) with { Urls = ["https://elsewhere.invalid/x"] };
        byte[] manifest = new ImageManifest { MediaType = MediaTypes.DockerManifest, Config = config, Layers = [foreign] }.ToUtf8Json();
        await registry.PushManifestAsync("app", "windows", manifest, MediaTypes.DockerManifest);
    }

    [Theory]
    [InlineData(MediaTypes.DockerManifest, MediaTypes.DockerManifestList)]
    [InlineData(MediaTypes.OciManifest, MediaTypes.OciIndex)]
    public async Task Manifests_and_indexes_of_both_families_keep_their_types(string manifestType, string indexType)
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor blob = await registry.PushBlobAsync("app", Content);
        byte[] manifest = new ImageManifest { MediaType = manifestType, Config = blob, Layers = [blob] }.ToUtf8Json();
        Descriptor entry = await registry.PushManifestAsync("app", "", manifest, manifestType);
        byte[] index = new ImageIndex { MediaType = indexType, Manifests = [entry with { Platform = new Platform { Os = "linux", Architecture = "arm64" } }] }.ToUtf8Json();
        await registry.PushManifestAsync("app", "multi", index, indexType);
        using HttpResponseMessage get = await registry.GetAsync("/v2/app/manifests/multi");
        Assert.Equal(indexType, get.Content.Headers.ContentType!.MediaType);
        using HttpResponseMessage child = await registry.GetAsync($"/v2/app/manifests/{entry.Digest}");
        Assert.Equal(manifestType, child.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("{", MediaTypes.OciManifest, 400)]
    [InlineData("{}", MediaTypes.OciManifest, 400)]
    [InlineData("""{"schemaVersion":1,"name":"x","fsLayers":[]}""", "application/vnd.docker.distribution.manifest.v1+json", 400)]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}""", MediaTypes.OciManifest, 400)]
    [InlineData("""{"schemaVersion":2,"manifests":[]}""", MediaTypes.DockerManifestList, 400)]
    [InlineData("""{"schemaVersion":2,"manifests":[],"layers":[]}""", MediaTypes.OciIndex, 400)]
    [InlineData("{}", "text/plain", 400)]
    public async Task What_is_no_manifest_or_not_the_one_it_is_called_is_refused(string content, string mediaType, int status)
    {
        await using RegistryFixture registry = await StartAsync();
        Assert.Equal(((HttpStatusCode)status, "MANIFEST_INVALID"), await ErrorOf(await registry.PutManifestAsync("app", "v1", Encoding.UTF8.GetBytes(content), mediaType)));
    }

    [Fact]
    public async Task Manifest_of_up_to_4_MiB_is_taken_and_a_larger_one_is_a_413()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor blob = await registry.PushBlobAsync("app", Content);
        byte[] small = new ImageManifest { Config = blob, Layers = [] }.ToUtf8Json();
        byte[] largest = [.. small, .. Enumerable.Repeat((byte)' ', (4 << 20) - small.Length)];
        await registry.PushManifestAsync("app", "large", largest);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "MANIFEST_INVALID"), await ErrorOf(await registry.PutManifestAsync("app", "larger", [.. largest, (byte)' '])));
    }

    [Fact]
    public async Task Size_that_is_not_that_of_the_blob_is_refused()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor blob = await registry.PushBlobAsync("app", Content);
        byte[] manifest = new ImageManifest { Config = blob, Layers = [blob with { Size = 3 }] }.ToUtf8Json();
        Assert.Equal((HttpStatusCode.BadRequest, "MANIFEST_INVALID"), await ErrorOf(await registry.PutManifestAsync("app", "v1", manifest)));
    }

    [Fact]
    public async Task Manifest_with_a_subject_is_taken_whether_the_subject_is_there_or_not_and_the_answer_names_it()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor config = await registry.PushBlobAsync("app", "{}"u8.ToArray(), MediaTypes.OciEmpty);
        Descriptor subject = Descriptor.ForContent(MediaTypes.OciManifest, "not there"u8);
        using HttpResponseMessage put = await registry.PutManifestAsync("app", "signature", new ImageManifest { Config = config, Layers = [], Subject = subject }.ToUtf8Json());
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal(subject.Digest.ToString(), put.Headers.GetValues("OCI-Subject").Single());
    }

    [Fact]
    public async Task Empty_blob_is_a_blob()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor blob = await registry.PushBlobAsync("app", []);
        using HttpResponseMessage get = await registry.GetAsync($"/v2/app/blobs/{blob.Digest}");
        Assert.Equal((HttpStatusCode.OK, (long?)0), (get.StatusCode, get.Content.Headers.ContentLength));
    }
}

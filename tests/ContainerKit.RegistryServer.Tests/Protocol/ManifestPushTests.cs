using System.Net;
using System.Text;
using System.Text.Json;
using ContainerKit.Oci;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Protocol;

/// <summary>"Pushing Manifests" of the specification.</summary>
public sealed class ManifestPushTests
{
    private static readonly byte[] Content = Encoding.ASCII.GetBytes("0123456789abcdefghij");

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
    public async Task Manifest_is_kept_byte_for_byte_also_what_nobody_here_knows_of_it()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor blob = await registry.PushBlobAsync("app", Content);
        string entry = $$"""{"size":{{blob.Size}}, "digest":"{{blob.Digest}}","mediaType":"application/vnd.example.unknown+thing","extra":[1,2,{"deep":null}]}""";
        byte[] manifest = Encoding.UTF8.GetBytes(
            $$"""{ "later" : "\u00e9\n","layers":[ {{entry}} ],"artifactType":"application/vnd.example.type","config":{{entry}} , "schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}"}""" + "\n\n");
        await registry.PushManifestAsync("app", "v1", manifest);
        using HttpResponseMessage get = await registry.GetAsync("/v2/app/manifests/v1");
        Assert.Equal(manifest, await get.Content.ReadAsByteArrayAsync(Stop));
    }

    [Fact]
    public async Task Tag_that_is_pushed_again_leads_to_the_new_manifest_and_the_old_one_stays_by_its_digest()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor old = await registry.PushImageAsync("app", "latest", "old"), young = await registry.PushImageAsync("app", "latest", "young");
        using HttpResponseMessage latest = await registry.SendAsync(HttpMethod.Head, "/v2/app/manifests/latest"), first = await registry.SendAsync(HttpMethod.Head, $"/v2/app/manifests/{old.Digest}");
        Assert.Equal(young.Digest.ToString(), latest.Headers.GetValues("Docker-Content-Digest").Single());
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
    }
}

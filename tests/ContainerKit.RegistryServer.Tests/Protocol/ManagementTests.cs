using System.Net;
using System.Text.Json;
using ContainerKit.Oci;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Protocol;

/// <summary>The category "Content Management" of the specification.</summary>
public sealed class ManagementTests
{
    [Fact]
    public async Task Tag_is_deleted_and_its_manifest_stays()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor image = await registry.PushImageAsync("app", "v1");
        using HttpResponseMessage deleted = await registry.SendAsync(HttpMethod.Delete, "/v2/app/manifests/v1");
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        Assert.Equal((HttpStatusCode.NotFound, "MANIFEST_UNKNOWN"), await ErrorOf(await registry.GetAsync("/v2/app/manifests/v1")));
        Assert.Equal((HttpStatusCode.NotFound, "MANIFEST_UNKNOWN"), await ErrorOf(await registry.SendAsync(HttpMethod.Delete, "/v2/app/manifests/v1")));
        using HttpResponseMessage get = await registry.GetAsync($"/v2/app/manifests/{image.Digest}");
        Assert.Equal(HttpStatusCode.OK, get.StatusCode);
    }

    [Fact]
    public async Task Manifest_is_deleted_with_all_its_tags_and_in_its_repository_only()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor image = await registry.PushImageAsync("app", "v1");
        await registry.PushImageAsync("app", "v2");
        await registry.PushImageAsync("app", "other", "other layer");
        await registry.PushImageAsync("copy", "v1");
        using HttpResponseMessage deleted = await registry.SendAsync(HttpMethod.Delete, $"/v2/app/manifests/{image.Digest}");
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        foreach (string reference in (string[])["v1", "v2", image.Digest.ToString()])
            Assert.Equal((HttpStatusCode.NotFound, "MANIFEST_UNKNOWN"), await ErrorOf(await registry.GetAsync($"/v2/app/manifests/{reference}")));
        Assert.Equal((HttpStatusCode.NotFound, "MANIFEST_UNKNOWN"), await ErrorOf(await registry.SendAsync(HttpMethod.Delete, $"/v2/app/manifests/{image.Digest}")));
        foreach (string kept in (string[])["/v2/app/manifests/other", "/v2/copy/manifests/v1"])
        {
            using HttpResponseMessage get = await registry.GetAsync(kept);
            Assert.Equal(HttpStatusCode.OK, get.StatusCode);
        }
    }

    [Fact]
    public async Task Referrer_that_is_deleted_is_in_the_list_of_its_subject_no_more()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor image = await registry.PushImageAsync("app", "v1");
        Descriptor first = await registry.PushImageAsync("app", "", "first", image), second = await registry.PushImageAsync("app", "", "second", image);
        using HttpResponseMessage deleted = await registry.SendAsync(HttpMethod.Delete, $"/v2/app/manifests/{first.Digest}");
        using HttpResponseMessage response = await registry.GetAsync($"/v2/app/referrers/{image.Digest}");
        Assert.Equal([second.Digest], ImageIndex.Parse(await response.Content.ReadAsByteArrayAsync(Stop)).Manifests.Select(entry => entry.Digest));
    }

    [Fact]
    public async Task Blob_is_deleted_in_its_repository_only()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor blob = await registry.PushBlobAsync("app", [1, 2, 3]);
        await registry.PushBlobAsync("other", [1, 2, 3]);
        using HttpResponseMessage deleted = await registry.SendAsync(HttpMethod.Delete, $"/v2/app/blobs/{blob.Digest}");
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        Assert.Equal((HttpStatusCode.NotFound, "BLOB_UNKNOWN"), await ErrorOf(await registry.GetAsync($"/v2/app/blobs/{blob.Digest}")));
        Assert.Equal((HttpStatusCode.NotFound, "BLOB_UNKNOWN"), await ErrorOf(await registry.SendAsync(HttpMethod.Delete, $"/v2/app/blobs/{blob.Digest}")));
        using HttpResponseMessage other = await registry.GetAsync($"/v2/other/blobs/{blob.Digest}");
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task Errors_are_a_document_of_codes_and_messages()
    {
        await using RegistryFixture registry = await StartAsync();
        foreach (string path in (string[])["/v2/app/manifests/v1", "/v2/App/tags/list", "/v2/app/tags/list", $"/v2/app/blobs/{Digest.Compute("x"u8)}", "/v2/app/blobs/uploads/x"])
        {
            using HttpResponseMessage response = await registry.GetAsync(path);
            Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
            using JsonDocument document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Stop));
            foreach (JsonElement error in document.RootElement.GetProperty("errors").EnumerateArray())
            {
                Assert.Matches("^[A-Z_]+$", error.GetProperty("code").GetString());
                Assert.NotEqual("", error.GetProperty("message").GetString());
            }
        }
    }

    [Fact]
    public async Task Methods_that_an_endpoint_does_not_have_are_a_405_and_unknown_addresses_a_404()
    {
        await using RegistryFixture registry = await StartAsync();
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "UNSUPPORTED"), await ErrorOf(await registry.SendAsync(HttpMethod.Put, "/v2/app/tags/list")));
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "UNSUPPORTED"), await ErrorOf(await registry.SendAsync(HttpMethod.Post, $"/v2/app/blobs/{Digest.Compute("x"u8)}")));
        Assert.Equal(HttpStatusCode.NotFound, (await ErrorOf(await registry.GetAsync("/v2/app/nothing"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await ErrorOf(await registry.GetAsync("/v1/_ping"))).Status);
    }

    [Fact]
    public async Task Registry_that_is_read_only_is_pulled_from_and_refuses_the_rest()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor image = await registry.PushImageAsync("app", "v1");
        await using RegistryFixture frozen = await StartAsync(registry.Directory, options => options with { Registry = options.Registry with { ReadOnly = true } });
        using HttpResponseMessage get = await frozen.GetAsync("/v2/app/manifests/v1");
        Assert.Equal(HttpStatusCode.OK, get.StatusCode);
        foreach ((HttpMethod method, string path) in ((HttpMethod, string)[])[(HttpMethod.Post, "/v2/app/blobs/uploads/"), (HttpMethod.Delete, $"/v2/app/manifests/{image.Digest}"), (HttpMethod.Put, "/v2/app/manifests/v2")])
            Assert.Equal((HttpStatusCode.MethodNotAllowed, "UNSUPPORTED"), await ErrorOf(await frozen.SendAsync(method, path)));
    }
}

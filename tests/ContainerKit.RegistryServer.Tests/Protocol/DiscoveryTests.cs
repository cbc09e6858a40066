using System.Net;
using System.Text.Json;
using ContainerKit.Oci;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Protocol;

/// <summary>The category "Content Discovery" of the specification.</summary>
public sealed class DiscoveryTests
{
    [Fact]
    public async Task Tags_are_listed_in_lexical_order_whatever_their_case()
    {
        await using RegistryFixture registry = await StartAsync();
        foreach (string tag in (string[])["v2", "B", "a", "_x", "v10", "V1", "C"])
            await registry.PushImageAsync("app", tag);
        Assert.Equal(["a", "B", "C", "V1", "v10", "v2", "_x"], await ReadTagsAsync(registry, "/v2/app/tags/list"));
    }

    [Fact]
    public async Task Tags_are_limited_by_n_go_on_after_last_and_the_link_leads_on()
    {
        await using RegistryFixture registry = await StartAsync();
        foreach (string tag in (string[])["t1", "t2", "t3", "t4", "t5"])
            await registry.PushImageAsync("app", tag);
        Assert.Equal(["t1", "t2"], await ReadTagsAsync(registry, "/v2/app/tags/list?n=2"));
        Assert.Equal(["t4", "t5"], await ReadTagsAsync(registry, "/v2/app/tags/list?last=t3"));
        Assert.Equal(["t3"], await ReadTagsAsync(registry, "/v2/app/tags/list?n=1&last=t2"));
        Assert.Empty(await ReadTagsAsync(registry, "/v2/app/tags/list?n=0"));
        using (HttpResponseMessage none = await registry.GetAsync("/v2/app/tags/list?n=0"))
            Assert.False(none.Headers.Contains("Link"));

        // As far as the links go.
        List<string> all = [];
        string? next = "/v2/app/tags/list?n=2";
        while (next is not null)
        {
            using HttpResponseMessage response = await registry.GetAsync(next);
            all.AddRange(Tags(await response.Content.ReadAsStringAsync(Stop)));
            next = response.Headers.TryGetValues("Link", out IEnumerable<string>? link) ? link.Single().Split('<', '>')[1] : null;
        }

        Assert.Equal(["t1", "t2", "t3", "t4", "t5"], all);
        Assert.Equal(HttpStatusCode.BadRequest, (await ErrorOf(await registry.GetAsync("/v2/app/tags/list?n=-1"))).Status);
        Assert.Equal((HttpStatusCode.NotFound, "NAME_UNKNOWN"), await ErrorOf(await registry.GetAsync("/v2/absent/tags/list")));
    }

    [Fact]
    public async Task Referrers_are_an_index_of_what_speaks_about_a_digest()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor image = await registry.PushImageAsync("app", "v1");
        Descriptor signature = await registry.PushImageAsync("app", "", "signature", image, "application/vnd.example.signature");
        Descriptor bill = await registry.PushImageAsync("app", "", "bill", image, "application/vnd.example.sbom");
        Descriptor plain = await registry.PushImageAsync("app", "", "plain", image);

        using HttpResponseMessage response = await registry.GetAsync($"/v2/app/referrers/{image.Digest}");
        Assert.Equal((HttpStatusCode.OK, MediaTypes.OciIndex), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        Assert.False(response.Headers.Contains("OCI-Filters-Applied"));
        ImageIndex index = ImageIndex.Parse(await response.Content.ReadAsByteArrayAsync(Stop));
        Assert.Equal(new[] { signature.Digest, bill.Digest, plain.Digest }.Select(digest => digest.ToString()).Order(), index.Manifests.Select(entry => entry.Digest.ToString()).Order());

        // Without a type of its own, the artifact has that of its configuration.
        Assert.Equal(MediaTypes.OciEmpty, index.Manifests.Single(entry => entry.Digest == plain.Digest).ArtifactType);

        using HttpResponseMessage filtered = await registry.GetAsync($"/v2/app/referrers/{image.Digest}?artifactType=application/vnd.example.sbom");
        Assert.Equal("artifactType", filtered.Headers.GetValues("OCI-Filters-Applied").Single());
        Assert.Equal(bill.Digest, ImageIndex.Parse(await filtered.Content.ReadAsByteArrayAsync(Stop)).Manifests.Single().Digest);
    }

    [Fact]
    public async Task Referrers_come_with_type_size_digest_and_annotations_and_indexes_are_among_them()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor image = await registry.PushImageAsync("app", "v1");
        var annotations = new Dictionary<string, string> { ["org.example.key"] = "value" };
        byte[] content = new ImageIndex { Manifests = [image], Subject = image, ArtifactType = "application/vnd.example.attestations", Annotations = annotations }.ToUtf8Json();
        Descriptor attestations = await registry.PushManifestAsync("app", "", content, MediaTypes.OciIndex);
        using HttpResponseMessage response = await registry.GetAsync($"/v2/app/referrers/{image.Digest}");
        Descriptor found = ImageIndex.Parse(await response.Content.ReadAsByteArrayAsync(Stop)).Manifests.Single();
        Assert.Equal((MediaTypes.OciIndex, content.Length, attestations.Digest, "application/vnd.example.attestations"), (found.MediaType, found.Size, found.Digest, found.ArtifactType));
        Assert.Equal(annotations, found.Annotations);

        using HttpResponseMessage others = await registry.GetAsync($"/v2/app/referrers/{image.Digest}?artifactType=application/vnd.example.none");
        Assert.Equal("artifactType", others.Headers.GetValues("OCI-Filters-Applied").Single());
        Assert.Empty(ImageIndex.Parse(await others.Content.ReadAsByteArrayAsync(Stop)).Manifests);
    }

    [Fact]
    public async Task Referrers_of_what_nobody_speaks_about_are_an_empty_index_and_of_no_digest_a_400()
    {
        await using RegistryFixture registry = await StartAsync();
        using HttpResponseMessage response = await registry.GetAsync($"/v2/absent/referrers/{Digest.Compute("x"u8)}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(ImageIndex.Parse(await response.Content.ReadAsByteArrayAsync(Stop)).Manifests);
        Assert.Equal((HttpStatusCode.BadRequest, "DIGEST_INVALID"), await ErrorOf(await registry.GetAsync("/v2/app/referrers/v1")));
    }

    [Fact]
    public async Task Referrers_that_are_too_many_for_one_document_come_in_pages()
    {
        await using RegistryFixture registry = await StartAsync();
        Descriptor image = await registry.PushImageAsync("app", "v1");
        HashSet<string> pushed = [];
        for (int i = 0; i < 3; i++)
        {
            Descriptor config = await registry.PushBlobAsync("app", "{}"u8.ToArray(), MediaTypes.OciEmpty);
            var manifest = new ImageManifest { Config = config, Layers = [], Subject = image, Annotations = new Dictionary<string, string> { ["n"] = new('x', 1_200_000 + i) } };
            pushed.Add((await registry.PushManifestAsync("app", "", manifest.ToUtf8Json())).Digest.ToString());
        }

        int pages = 0;
        string? next = $"/v2/app/referrers/{image.Digest}";
        while (next is not null)
        {
            using HttpResponseMessage response = await registry.GetAsync(next);
            Assert.All(ImageIndex.Parse(await response.Content.ReadAsByteArrayAsync(Stop)).Manifests, entry => Assert.True(pushed.Remove(entry.Digest.ToString())));
            next = response.Headers.TryGetValues("Link", out IEnumerable<string>? link) ? link.Single().Split('<', '>')[1] : null;
            pages++;
        }

        Assert.Empty(pushed);
        Assert.Equal(3, pages);
    }

    [Fact]
    public async Task Catalog_lists_repositories_in_pages_also_those_inside_of_others()
    {
        await using RegistryFixture registry = await StartAsync();
        foreach (string name in (string[])["b", "a/b", "a", "a/b/c"])
            await registry.PushImageAsync(name, "v1");
        await registry.PushBlobAsync("only-blobs", [1]);
        using HttpResponseMessage response = await registry.GetAsync("/v2/_catalog?n=3");
        Assert.Equal("""{"repositories":["a","a/b","a/b/c"]}""", await response.Content.ReadAsStringAsync(Stop));
        Assert.Equal("</v2/_catalog?n=3&last=a%2Fb%2Fc>; rel=\"next\"", response.Headers.GetValues("Link").Single());
        using HttpResponseMessage rest = await registry.GetAsync("/v2/_catalog?n=3&last=a%2Fb%2Fc");
        Assert.Equal("""{"repositories":["b"]}""", await rest.Content.ReadAsStringAsync(Stop));
    }

    private static async Task<string[]> ReadTagsAsync(RegistryFixture registry, string path)
    {
        using HttpResponseMessage response = await registry.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return Tags(await response.Content.ReadAsStringAsync(Stop));
    }

    private static string[] Tags(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        Assert.Equal("app", document.RootElement.GetProperty("name").GetString());
        return [.. document.RootElement.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()!)];
    }
}

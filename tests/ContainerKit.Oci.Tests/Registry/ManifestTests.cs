using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace ContainerKit.Oci.Tests.Registry;

public sealed class ManifestTests : RegistryTest
{
    private const string Dockers = """{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":2,"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},"layers":[]}""";

    [Fact]
    public async Task A_manifest_is_had_by_tag_and_by_digest()
    {
        byte[] content = Manifest();
        string digest = Server.AddManifest("team/app", "1", MediaTypes.OciManifest, content);
        RegistryClient client = Open();

        RegistryManifest byTag = await client.Manifests.GetAsync(Reference(suffix: ":1"), Token);
        RegistryManifest byDigest = await client.Manifests.GetAsync(Reference(suffix: ":ignored@" + digest), Token);

        Assert.Equal(content, byTag.Content.ToArray());
        Assert.Equal(digest, byTag.Descriptor.Digest.ToString());
        Assert.Equal(byTag.Descriptor, byDigest.Descriptor);
        Assert.Equal((MediaTypes.OciManifest, false, content.LongLength), (byTag.Descriptor.MediaType, byTag.IsIndex, byTag.Descriptor.Size));
        Assert.Empty(byTag.ParseManifest().Layers);
        Assert.Contains(Server.Requests, request => request.Path == $"/v2/team/app/manifests/{digest}");
    }

    [Fact]
    public async Task Docker_manifests_are_understood()
    {
        Server.AddManifest("team/app", "1", MediaTypes.DockerManifest, Encoding.UTF8.GetBytes(Dockers));

        RegistryManifest manifest = await Open().Manifests.GetAsync(Reference(suffix: ":1"), Token);

        Assert.Equal(MediaTypes.DockerManifest, manifest.Descriptor.MediaType);
        Assert.Equal(MediaTypes.DockerConfig, manifest.ParseManifest().Config.MediaType);
    }

    [Fact]
    public async Task The_type_of_a_manifest_follows_from_its_content_where_the_header_says_nothing()
    {
        Server.AddManifest("team/app", "1", "application/json", new ImageIndex { Manifests = [] }.ToUtf8Json());

        Assert.True((await Open().Manifests.GetAsync(Reference(suffix: ":1"), Token)).IsIndex);
    }

    [Fact]
    public async Task A_manifest_that_contradicts_its_header_is_refused()
    {
        Server.AddManifest("team/app", "1", MediaTypes.OciIndex, Encoding.UTF8.GetBytes(Dockers));

        await Assert.ThrowsAsync<OciFormatException>(() => Open().Manifests.GetAsync(Reference(suffix: ":1"), Token));
    }

    [Theory]
    [InlineData("application/vnd.docker.distribution.manifest.v1+prettyjws", """{"schemaVersion":1,"fsLayers":[]}""", "schema 1")]
    [InlineData("application/json", """{"schemaVersion":1,"fsLayers":[]}""", "schema 1")]
    [InlineData("application/vnd.example.thing+json", """{"schemaVersion":2}""", "application/vnd.example.thing+json")]
    public async Task Kinds_that_are_not_supported_are_named(string mediaType, string content, string expected)
    {
        Server.AddManifest("team/app", "1", mediaType, Encoding.UTF8.GetBytes(content));

        NotSupportedException e = await Assert.ThrowsAsync<NotSupportedException>(() => Open().Manifests.GetAsync(Reference(suffix: ":1"), Token));

        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task What_is_no_document_is_refused(string content)
    {
        Server.AddManifest("team/app", "1", MediaTypes.OciManifest, Encoding.UTF8.GetBytes(content));

        await Assert.ThrowsAsync<OciFormatException>(() => Open().Manifests.GetAsync(Reference(suffix: ":1"), Token));
    }

    [Fact]
    public async Task Another_manifest_than_the_digest_asks_for_is_refused()
    {
        byte[] other = Manifest("application/other");
        string digest = Server.AddManifest("team/app", null, MediaTypes.OciManifest, Manifest());
        Server.Manifests[$"team/app@{digest}"] = (MediaTypes.OciManifest, other);

        DigestMismatchException e = await Assert.ThrowsAsync<DigestMismatchException>(() => Open().Manifests.GetAsync(Reference(suffix: "@" + digest), Token));

        Assert.Equal(digest, e.Expected);
    }

    [Fact]
    public async Task A_manifest_that_does_not_have_the_digest_of_its_header_is_refused()
    {
        Server.AddManifest("team/app", "1", MediaTypes.OciManifest, Manifest());
        Server.Fault = context =>
        {
            context.Response.OnStarting(() =>
            {
                context.Response.Headers["Docker-Content-Digest"] = "sha256:" + new string('0', 64);
                return Task.CompletedTask;
            });
            return Task.FromResult(false);
        };

        await Assert.ThrowsAsync<DigestMismatchException>(() => Open().Manifests.GetAsync(Reference(suffix: ":1"), Token));
    }

    [Fact]
    public async Task A_manifest_that_is_too_large_is_refused()
    {
        Server.AddManifest("team/app", "1", MediaTypes.OciManifest, new byte[OciLimits.MaxDocumentSize + 1]);

        await Assert.ThrowsAsync<RegistryException>(() => Open().Manifests.GetAsync(Reference(suffix: ":1"), Token));
    }

    [Fact]
    public async Task What_is_missing_is_told_with_the_registrys_code_and_the_address()
    {
        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => Open().Manifests.GetAsync(Reference(suffix: ":none"), Token));

        Assert.Equal((HttpStatusCode.NotFound, RegistryErrorCodes.ManifestUnknown, true, false), (e.StatusCode, e.ErrorCode, e.IsNotFound, e.IsTransient));
        Assert.Equal($"http://{Server.Name}/v2/team/app/manifests/none", e.Url);
        Assert.Contains("404 Not Found, MANIFEST_UNKNOWN: said by the test", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_are_bounded_and_without_control_characters()
    {
        Server.Fault = async context =>
        {
            await TestSupport.Registry.TestRegistry.FailAsync(context, 400, "NAME_INVALID", "\u001b[2J" + new string('x', 5000));
            return true;
        };

        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => Open().Manifests.GetAsync(Reference(suffix: ":1"), Token));

        Assert.DoesNotContain(e.Message, char.IsControl);
        Assert.InRange(e.Message.Length, 300, 600);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Head_tells_what_a_tag_is(bool withHeaders)
    {
        byte[] content = Manifest();
        string digest = Server.AddManifest("team/app", "1", MediaTypes.OciManifest, content);
        if (!withHeaders)
        {
            Server.FailFirst(1, "HEAD", "/manifests/", context =>
            {
                context.Response.StatusCode = StatusCodes.Status200OK;
                return Task.CompletedTask;
            });
        }
        RegistryClient client = Open();

        Descriptor? found = await client.Manifests.HeadAsync(Reference(suffix: ":1"), Token);

        Assert.Equal((digest, content.LongLength, MediaTypes.OciManifest), (found!.Digest.ToString(), found.Size, found.MediaType));
        Assert.Equal(withHeaders ? 0 : 1, Server.Count("GET", "/manifests/"));
        Assert.Null(await client.Manifests.HeadAsync(Reference(suffix: ":none"), Token));
    }

    [Theory]
    [InlineData("linux/amd64", "amd64")]
    [InlineData("linux/arm64", "arm64")]
    [InlineData("linux/arm/v7", "v6")]
    public async Task The_best_image_for_a_platform_is_chosen(string platform, string expected)
    {
        Descriptor[] entries =
        [
            Add("amd64", "linux/amd64"), Add("v5", "linux/arm/v5"), Add("v6", "linux/arm/v6"), Add("arm64", "linux/arm64"),
        ];
        string digest = Server.AddManifest("team/app", "1", MediaTypes.OciIndex, new ImageIndex { Manifests = entries }.ToUtf8Json());

        (RegistryManifest manifest, RegistryManifest root) = await Open().Manifests.GetForPlatformAsync(Reference(suffix: ":1"), Platform.Parse(platform), Token);

        Assert.Equal("application/" + expected, manifest.ParseManifest().ArtifactType);
        Assert.Equal(digest, root.Descriptor.Digest.ToString());

        Descriptor Add(string name, string text)
        {
            byte[] content = Manifest("application/" + name);
            Server.AddManifest("team/app", null, MediaTypes.OciManifest, content);
            return Descriptor.ForContent(MediaTypes.OciManifest, content) with { Platform = Platform.Parse(text) };
        }
    }

    [Fact]
    public async Task Platforms_that_there_are_instead_are_listed()
    {
        Descriptor entry = Descriptor.ForContent(MediaTypes.OciManifest, "x"u8) with { Platform = Platform.Parse("windows/amd64") };
        Server.AddManifest("team/app", "1", MediaTypes.OciIndex, new ImageIndex { Manifests = [entry] }.ToUtf8Json());

        NotSupportedException e = await Assert.ThrowsAsync<NotSupportedException>(
            () => Open().Manifests.GetForPlatformAsync(Reference(suffix: ":1"), Platform.Parse("linux/riscv64"), Token));

        Assert.Contains("linux/riscv64, only for windows/amd64", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Indexes_in_indexes_come_to_an_end()
    {
        byte[] content = new ImageIndex { Manifests = [] }.ToUtf8Json();
        for (int depth = 0; depth < 6; depth++)
        {
            Server.AddManifest("team/app", "1", MediaTypes.OciIndex, content);
            content = new ImageIndex { Manifests = [Descriptor.ForContent(MediaTypes.OciIndex, content)] }.ToUtf8Json();
        }
        Server.AddManifest("team/app", "1", MediaTypes.OciIndex, content);

        await Assert.ThrowsAsync<OciFormatException>(() => Open().Manifests.GetForPlatformAsync(Reference(suffix: ":1"), Platform.Current, Token));
    }

    [Fact]
    public async Task A_manifest_is_stored_under_a_tag_or_by_digest_and_deleted()
    {
        byte[] content = Manifest();
        RegistryClient client = Open();

        Descriptor stored = await client.Manifests.PutAsync(Reference(suffix: ":1"), MediaTypes.OciManifest, content, Token);
        await client.Manifests.PutAsync(Reference("other", "@" + stored.Digest), MediaTypes.OciManifest, content, Token);

        Assert.Equal(Descriptor.ForContent(MediaTypes.OciManifest, content), stored);
        Assert.Equal(content, Server.Manifests["team/app:1"].Content);
        Assert.Equal(MediaTypes.OciManifest, Server.Manifests[$"other@{stored.Digest}"].MediaType);
        await client.Manifests.DeleteAsync(Reference(suffix: ":1"), Token);
        Assert.DoesNotContain("team/app:1", Server.Manifests.Keys);
        await client.Manifests.DeleteAsync(Reference(suffix: "@" + stored.Digest), Token);
        Assert.Single(Server.Manifests);
    }

    [Fact]
    public async Task A_manifest_is_not_stored_under_the_digest_of_another_one()
    {
        await Assert.ThrowsAsync<DigestMismatchException>(
            () => Open().Manifests.PutAsync(Reference(suffix: "@sha256:" + new string('0', 64)), MediaTypes.OciManifest, Manifest(), Token));
        Assert.Empty(Server.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Referrers_are_found_by_the_api_or_by_the_tag_that_stands_in(bool hasApi)
    {
        Server.HasReferrersApi = hasApi;
        RegistryClient client = Open();
        Descriptor subject = await client.Manifests.PutAsync(Reference(suffix: ":1"), MediaTypes.OciManifest, Manifest(), Token);
        Descriptor signature = await PutAsync("application/signature");
        Descriptor report = await PutAsync("application/report");
        await PutAsync("application/report");
        ImageReference about = Reference(suffix: "@" + subject.Digest);

        IReadOnlyList<Descriptor> all = await client.Manifests.ListReferrersAsync(about, cancellationToken: Token);
        IReadOnlyList<Descriptor> reports = await client.Manifests.ListReferrersAsync(about, "application/report", Token);

        Assert.Equal(new[] { signature.Digest, report.Digest }.ToHashSet(), all.Select(entry => entry.Digest).ToHashSet());
        Assert.Equal(2, all.Count);
        Assert.Equal(report.Digest, Assert.Single(reports).Digest);
        Assert.Equal(!hasApi, Server.Manifests.ContainsKey($"team/app:sha256-{subject.Digest.Hex}"));
        Assert.Empty(await client.Manifests.ListReferrersAsync(Reference("none", "@" + subject.Digest), cancellationToken: Token));

        async Task<Descriptor> PutAsync(string type)
        {
            byte[] content = Manifest(type, subject);
            return await client.Manifests.PutAsync(Reference(suffix: "@" + Digest.Compute(content)), MediaTypes.OciManifest, content, Token);
        }
    }
}

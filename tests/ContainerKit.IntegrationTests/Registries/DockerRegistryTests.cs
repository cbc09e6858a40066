using ContainerKit.Oci;
using ContainerKit.TestSupport.Registry;
using Xunit;

namespace ContainerKit.IntegrationTests.Registries;

/// <summary>Debian's docker-registry, with skopeo at the other end.</summary>
public sealed class DockerRegistryTests : RegistryBed
{
    /// <summary>The user ada with the password secret, by bcrypt.</summary>
    private const string HtPasswd = "ada:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";

    [Fact]
    public async Task What_we_push_skopeo_pulls()
    {
        DockerRegistry registry = Own(await DockerRegistry.StartAsync(cancellationToken: Token));
        string layout = await CreateLayoutAsync();
        ContainerEngine engine = await OpenEngineAsync();
        string name = $"{registry.Name}/team/app:1";
        Image image = await LoadAsync(engine, layout, name);

        ImageReference pushed = await engine.Images.PushAsync(name, cancellationToken: Token);
        string copy = Path.Combine(Scratch, "copy");
        await SkopeoAsync("copy", "--src-tls-verify=false", $"docker://{name}", $"oci:{copy}:app");

        ContainerEngine other = await OpenEngineAsync();
        Image loaded = await LoadAsync(other, copy, "app:1");
        Assert.Equal(image.ManifestDigest, pushed.Digest);
        Assert.Equal((image.Id, image.ManifestDigest), (loaded.Id, loaded.ManifestDigest));
        Assert.Equal(await DescribeAsync(engine, image), await DescribeAsync(other, loaded));
    }

    [Theory]
    [InlineData("oci")]
    [InlineData("v2s2")]
    public async Task What_skopeo_pushes_we_pull(string format)
    {
        DockerRegistry registry = Own(await DockerRegistry.StartAsync(cancellationToken: Token));
        string layout = await CreateLayoutAsync();
        string name = $"{registry.Name}/team/app:1";
        await SkopeoAsync("copy", "--dest-tls-verify=false", "--format", format, $"oci:{layout}:app", $"docker://{name}");
        ContainerEngine engine = await OpenEngineAsync();
        ContainerEngine direct = await OpenEngineAsync();

        Image image = await engine.Images.PullAsync(name, cancellationToken: Token);

        Image loaded = await LoadAsync(direct, layout, "app:1");
        Assert.Equal(loaded.Layers, image.Layers);
        Assert.Equal(await DescribeAsync(direct, loaded), await DescribeAsync(engine, image));

        // The data root is a layout that others read; skopeo looks for manifests of OCI's own type only in one.
        if (format == "oci")
        {
            await SkopeoAsync("copy", $"oci:{engine.DataRoot}:{name}", $"oci:{Path.Combine(Scratch, "copy")}:app");
        }
    }

    [Fact]
    public async Task Passwords_are_those_that_a_login_has_left()
    {
        string passwords = Path.Combine(Scratch, "htpasswd");
        await File.WriteAllTextAsync(passwords, HtPasswd, Token);
        DockerRegistry registry = Own(await DockerRegistry.StartAsync(further: $"""
            auth:
              htpasswd:
                realm: test
                path: {passwords}
            """, cancellationToken: Token));
        string authFile = Path.Combine(Scratch, "auth.json");
        await SkopeoAsync("login", "--authfile", authFile, "--tls-verify=false", "-u", "ada", "-p", "secret", registry.Name);
        ContainerEngine engine = await OpenEngineAsync(Options() with { Credentials = CredentialSources.FromFile(authFile) });
        ContainerEngine stranger = await OpenEngineAsync();
        string name = $"{registry.Name}/team/app:1";
        await LoadAsync(engine, await CreateLayoutAsync(), name);

        await engine.Images.PushAsync(name, cancellationToken: Token);

        Assert.True((await Assert.ThrowsAsync<RegistryAccessException>(() => stranger.Images.PullAsync(name, cancellationToken: Token))).IsUnauthorized);
        Assert.True((await Assert.ThrowsAsync<RegistryAccessException>(
            () => stranger.Images.PullAsync(name, new ImagePullOptions { Credential = RegistryCredential.FromPassword("ada", "wrong") }, Token))).IsUnauthorized);
        await stranger.Images.PullAsync(name, new ImagePullOptions { Credential = Ada }, Token);
        await SkopeoAsync("copy", "--authfile", authFile, "--src-tls-verify=false", $"docker://{name}", $"oci:{Path.Combine(Scratch, "copy")}:app");
    }

    [Fact]
    public async Task A_registry_with_a_certificate_of_a_private_authority_is_used_by_both()
    {
        using var certificates = new TestCertificates();
        string certificate = Path.Combine(Scratch, "server.crt");
        string key = Path.Combine(Scratch, "server.key");
        string authorities = Directory.CreateDirectory(Path.Combine(Scratch, "certs")).FullName;
        await File.WriteAllTextAsync(certificate, certificates.Server.ExportCertificatePem(), Token);
        await File.WriteAllTextAsync(key, certificates.ServerKeyPem, Token);
        await File.WriteAllTextAsync(Path.Combine(authorities, "ca.crt"), certificates.Authority.ExportCertificatePem(), Token);
        DockerRegistry registry = Own(await DockerRegistry.StartAsync($"""
              tls:
                certificate: {certificate}
                key: {key}
            """, cancellationToken: Token));
        ContainerEngine engine = await OpenEngineAsync(Options(new RegistryHostOptions { CertificateAuthorities = [certificates.Authority] }));
        ContainerEngine distrusting = await OpenEngineAsync();
        string name = $"{registry.Name}/team/app:1";
        await LoadAsync(engine, await CreateLayoutAsync(), name);

        await engine.Images.PushAsync(name, cancellationToken: Token);
        await SkopeoAsync("copy", "--src-cert-dir", authorities, $"docker://{name}", $"oci:{Path.Combine(Scratch, "copy")}:app");

        RegistryAccessException e = await Assert.ThrowsAsync<RegistryAccessException>(() => distrusting.Images.PullAsync(name, cancellationToken: Token));
        Assert.Contains("certificate", e.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Tokens_of_a_token_server_let_everybody_pull_and_one_user_push()
    {
        JwtTokenServer tokens = Own(await JwtTokenServer.StartAsync());
        string certificate = Path.Combine(Scratch, "tokens.crt");
        await File.WriteAllTextAsync(certificate, tokens.CertificatePem, Token);
        DockerRegistry registry = Own(await DockerRegistry.StartAsync(further: $"""
            auth:
              token:
                realm: {tokens.Address}token
                service: {JwtTokenServer.Service}
                issuer: {JwtTokenServer.Issuer}
                rootcertbundle: {certificate}
            """, cancellationToken: Token));
        ContainerEngine engine = await OpenEngineAsync();
        string name = $"{registry.Name}/team/app:1";
        Image image = await LoadAsync(engine, await CreateLayoutAsync(), name);

        Assert.True((await Assert.ThrowsAsync<RegistryAccessException>(() => engine.Images.PushAsync(name, cancellationToken: Token))).IsUnauthorized);
        await engine.Images.PushAsync(name, new ImagePushOptions { Credential = Ada }, Token);
        ContainerEngine other = await OpenEngineAsync();

        Assert.Equal(image.Id, (await other.Images.PullAsync(name, cancellationToken: Token)).Id);
    }

    [Fact]
    public async Task The_whole_protocol_works_against_it()
    {
        DockerRegistry registry = Own(await DockerRegistry.StartAsync(cancellationToken: Token));
        using var client = new RegistryClient(Options());
        var repository = ImageReference.Parse($"{registry.Name}/team/app");
        byte[] content = new byte[2_500_000];
        new Random(2).NextBytes(content);
        Descriptor blob = Descriptor.ForContent(MediaTypes.OciLayer, content);
        Func<CancellationToken, ValueTask<Stream>> open = _ => new(new MemoryStream(content));

        await client.PingAsync(registry.Name, Token);
        Assert.Equal(BlobUploadOutcome.Uploaded, await client.Blobs.UploadAsync(repository, blob, open, new BlobUploadOptions { ChunkSize = 1_000_000 }, Token));
        Assert.Equal(BlobUploadOutcome.Existing, await client.Blobs.UploadAsync(repository, blob, open, null, Token));
        Assert.Equal(BlobUploadOutcome.Mounted, await client.Blobs.UploadAsync(
            ImageReference.Parse($"{registry.Name}/other"), blob, open, new BlobUploadOptions { MountFrom = repository }, Token));
        Assert.Equal(content.Length, await client.Blobs.HeadAsync(repository, blob.Digest, Token));
        await using (Stream stream = await client.Blobs.OpenReadAsync(repository, blob, new MemoryStream(content, 0, 2_000_000), Token))
        {
            using var read = new MemoryStream();
            await stream.CopyToAsync(read, Token);
            Assert.Equal(content, read.ToArray());
        }

        Descriptor configuration = await client.Blobs.UploadAsync(repository, MediaTypes.OciConfig, "{}"u8.ToArray(), Token);
        byte[] manifest = new ImageManifest { Config = configuration, Layers = [blob] }.ToUtf8Json();
        Descriptor stored = await client.Manifests.PutAsync(repository.WithTag("1"), MediaTypes.OciManifest, manifest, Token);
        await client.Manifests.PutAsync(repository.WithTag("2"), MediaTypes.OciManifest, manifest, Token);
        byte[] index = new ImageIndex { Manifests = [stored with { Platform = Platform.Current }] }.ToUtf8Json();
        await client.Manifests.PutAsync(repository.WithTag("index"), MediaTypes.OciIndex, index, Token);
        byte[] signature = new ImageManifest { ArtifactType = "application/x", Config = configuration, Layers = [], Subject = stored }.ToUtf8Json();
        await client.Manifests.PutAsync(ImageReference.Parse($"{repository.Name}@{Digest.Compute(signature)}"), MediaTypes.OciManifest, signature, Token);

        Assert.Equal(stored, await client.Manifests.HeadAsync(repository.WithTag("1"), Token));
        Assert.Equal(stored.Digest, (await client.Manifests.GetForPlatformAsync(repository.WithTag("index"), Platform.Current, Token)).Manifest.Descriptor.Digest);
        Assert.Equal(Digest.Compute(signature), Assert.Single(await client.Manifests.ListReferrersAsync(repository.WithDigest(stored.Digest), cancellationToken: Token)).Digest);
        Assert.Equal(["1", "2", "index", $"sha256-{stored.Digest.Hex}"], (await client.ListTagsAsync(repository, Token).ToListAsync(Token)).Order());
        Assert.Contains("team/app", await client.ListRepositoriesAsync(registry.Name, Token).ToListAsync(Token));

        await client.Manifests.DeleteAsync(repository.WithDigest(stored.Digest), Token);
        Assert.Null(await client.Manifests.HeadAsync(repository.WithTag("2"), Token));
        await client.Blobs.DeleteAsync(repository, blob.Digest, Token);
        Assert.Null(await client.Blobs.HeadAsync(repository, blob.Digest, Token));
        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => client.Manifests.GetAsync(repository.WithTag("none"), Token));
        Assert.Equal(RegistryErrorCodes.ManifestUnknown, e.ErrorCode);
    }

    [Fact]
    public async Task A_connection_that_breaks_again_and_again_is_enough_for_push_and_pull()
    {
        DockerRegistry registry = Own(await DockerRegistry.StartAsync(cancellationToken: Token));
        string layout = await CreateLayoutAsync();
        FaultProxy uploads = Own(new FaultProxy(registry.Port, number => number is > 1 and < 5 ? new ConnectionFault(CutRequestAfter: 800_000) : null));
        FaultProxy downloads = Own(new FaultProxy(registry.Port, number => number is > 1 and < 9 ? new ConnectionFault(CutAfter: 700_000) : null));
        ContainerEngine engine = await OpenEngineAsync();
        Image image = await LoadAsync(engine, layout, $"{uploads.Name}/team/app:1");

        await engine.Images.PushAsync($"{uploads.Name}/team/app:1", cancellationToken: Token);
        ContainerEngine other = await OpenEngineAsync();
        Image pulled = await other.Images.PullAsync($"{downloads.Name}/team/app:1", cancellationToken: Token);

        Assert.Equal(image.Id, pulled.Id);
        Assert.Equal(await DescribeAsync(engine, image), await DescribeAsync(other, pulled));
        Assert.True(downloads.Connections > 2);
    }
}

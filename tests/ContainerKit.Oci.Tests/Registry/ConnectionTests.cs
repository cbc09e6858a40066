using System.Net;
using ContainerKit.Oci.Registry.Transport;
using ContainerKit.TestSupport.Registry;
using Xunit;

namespace ContainerKit.Oci.Tests.Registry;

public sealed class ConnectionTests : RegistryTest
{
    private readonly TestCertificates _certificates = new();

    [Fact]
    public async Task A_private_authority_is_trusted_where_it_is_given()
    {
        TestRegistry secure = await StartSecureAsync();
        RegistryClientOptions trusting = With(new RegistryHostOptions { CertificateAuthorities = [_certificates.Authority] });

        await Open(trusting).PingAsync(secure.Name, Token);
        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => Open(With(new RegistryHostOptions())).PingAsync(secure.Name, Token));

        Assert.Contains("certificate", e.Message, StringComparison.OrdinalIgnoreCase);

        // On this machine the first request is the one that finds out whether the registry has TLS.
        Assert.Equal(2, secure.Requests.Count);
    }

    [Fact]
    public async Task Another_authority_is_not_trusted()
    {
        TestRegistry secure = await StartSecureAsync();
        TestCertificates others = Own(new TestCertificates());

        await Assert.ThrowsAsync<RegistryException>(
            () => Open(With(new RegistryHostOptions { CertificateAuthorities = [others.Authority] })).PingAsync(secure.Name, Token));
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_not_trusted()
    {
        TestRegistry secure = await StartSecureAsync();
        var options = new RegistryHostOptions { CertificateAuthorities = [_certificates.Authority], Endpoint = new Uri($"https://127.0.0.2:{secure.Port}") };
        FaultProxy proxy = OwnServer(new FaultProxy(secure.Port, _ => null));

        // The same server under a name that its certificate does not have.
        await Assert.ThrowsAsync<RegistryException>(() => Open(With(options)).PingAsync("named.example", Token));
        await Open(With(options with { Endpoint = new Uri($"https://{proxy.Name}") })).PingAsync("named.example", Token);
    }

    [Fact]
    public async Task Verification_can_be_left_out_for_the_registry_alone()
    {
        TestRegistry secure = await StartSecureAsync();
        TestRegistry storage = await StartSecureAsync();
        (Descriptor blob, byte[] content) = AddBlob(server: secure);
        storage.AddBlob("team/app", content);
        RegistryClientOptions options = With(new RegistryHostOptions { SkipCertificateVerification = true });

        Assert.Equal(content, await ReadAsync(Open(options), blob, Reference(registry: secure.Name)));
        secure.RedirectBlobs = path => storage.Address + path[1..];
        await Assert.ThrowsAsync<RegistryException>(() => ReadAsync(Open(options), blob, Reference(registry: secure.Name)));
        Assert.Empty(storage.Requests);
    }

    [Fact]
    public async Task A_client_certificate_is_shown_to_the_registry_alone()
    {
        TestRegistry secure = await StartSecureAsync();
        TestRegistry storage = await StartSecureAsync();
        (Descriptor blob, byte[] content) = AddBlob(server: secure);
        storage.AddBlob("team/app", content);
        secure.RedirectBlobs = path => storage.Address + path[1..];
        var options = new RegistryHostOptions { CertificateAuthorities = [_certificates.Authority], ClientCertificates = [_certificates.Client] };

        Assert.Equal(content, await ReadAsync(Open(With(options)), blob, Reference(registry: secure.Name)));

        Assert.Contains("CN=ck-test client", secure.ClientCertificates);
        Assert.Empty(storage.ClientCertificates);
        Assert.Single(storage.Requests);
    }

    [Fact]
    public async Task Credentials_for_a_registry_with_tls_don_t_go_to_a_token_server_without()
    {
        TestRegistry secure = await StartSecureAsync();
        secure.Tokens = OwnServer(await TestTokenServer.StartAsync());
        var options = new RegistryHostOptions { CertificateAuthorities = [_certificates.Authority] };

        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => Open(With(options)).PingAsync(secure.Name, Token));

        Assert.Contains("no credentials were sent", e.Message, StringComparison.Ordinal);
        Assert.Empty(secure.Tokens.Requests);
    }

    [Fact]
    public async Task A_redirect_from_tls_to_plain_http_is_refused()
    {
        TestRegistry secure = await StartSecureAsync();
        (Descriptor blob, _) = AddBlob(server: secure);
        secure.RedirectBlobs = path => Server.Address + path[1..];
        var options = new RegistryHostOptions { CertificateAuthorities = [_certificates.Authority], PlainHttp = PlainHttpPolicy.Allow };

        await Assert.ThrowsAsync<RegistryException>(() => ReadAsync(Open(With(options)), blob, Reference(registry: secure.Name)));
        Assert.Empty(Server.Requests);
    }

    [Theory]
    [InlineData(PlainHttpPolicy.Loopback, true)]
    [InlineData(PlainHttpPolicy.Allow, true)]
    [InlineData(PlainHttpPolicy.Require, true)]
    [InlineData(PlainHttpPolicy.Never, false)]
    public async Task A_registry_on_this_machine_may_be_without_tls(PlainHttpPolicy policy, bool allowed)
    {
        RegistryClient client = Open(With(new RegistryHostOptions { PlainHttp = policy }));

        if (allowed)
        {
            await client.PingAsync(Server.Name, Token);
        }
        else
        {
            await Assert.ThrowsAsync<RegistryException>(() => client.PingAsync(Server.Name, Token));
        }
    }

    [Fact]
    public async Task A_registry_with_tls_is_not_reached_without_because_its_certificate_is_bad()
    {
        TestRegistry secure = await StartSecureAsync();
        secure.User = "ada:secret";

        RegistryException e = await Assert.ThrowsAsync<RegistryException>(
            () => OpenAs(RegistryCredential.FromPassword("ada", "secret"), With(new RegistryHostOptions { PlainHttp = PlainHttpPolicy.Allow })).PingAsync(secure.Name, Token));

        Assert.Contains("certificate", e.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(secure.Requests);
    }

    [Theory]
    [InlineData("docker.io", "https://registry-1.docker.io/")]
    [InlineData("quay.io", "https://quay.io/")]
    [InlineData("registry.example:5000", "https://registry.example:5000/")]
    [InlineData("[2001:db8::1]:5000", "https://[2001:db8::1]:5000/")]
    public async Task Registries_elsewhere_are_reached_by_tls_without_asking(string registry, string expected)
        => Assert.Equal(expected, (await OriginFinder.FindAsync(registry, new RegistryClientOptions { Credentials = CredentialSources.None }, Token)).ToString());

    [Fact]
    public async Task An_endpoint_without_tls_elsewhere_has_to_be_allowed()
    {
        var host = new RegistryHostOptions { Endpoint = new Uri("http://mirror.example:80/ignored") };

        await Assert.ThrowsAsync<RegistryException>(() => OriginFinder.FindAsync("docker.io", With(host), Token).AsTask());
        Assert.Equal("http://mirror.example/", (await OriginFinder.FindAsync("docker.io", With(host with { PlainHttp = PlainHttpPolicy.Allow }), Token)).ToString());
    }

    [Fact]
    public async Task Docker_hub_s_names_and_tokens_work_against_another_endpoint()
    {
        TestTokenServer tokens = OwnServer(await TestTokenServer.StartAsync());
        tokens.User = "ada:secret";
        Server.Tokens = tokens;
        Server.AddManifest("library/alpine", "latest", MediaTypes.OciManifest, Manifest());
        RegistryClientOptions options = Fast with
        {
            Credentials = CredentialSources.FromDictionary(new Dictionary<string, RegistryCredential> { ["docker.io"] = RegistryCredential.FromPassword("ada", "secret") }),
            Hosts = new Dictionary<string, RegistryHostOptions> { ["docker.io"] = new() { Endpoint = Server.Address } },
        };

        RegistryManifest manifest = await Open(options).Manifests.GetAsync(ImageReference.Parse("alpine"), Token);

        Assert.Empty(manifest.ParseManifest().Layers);
        Assert.Contains("scope=repository%3Alibrary%2Falpine%3Apull", tokens.Requests.Single().Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mirrors_are_asked_first_and_the_registry_when_they_fail()
    {
        TestRegistry mirror = await StartRegistryAsync();
        TestRegistry broken = await StartRegistryAsync();
        broken.Fault = context => TestRegistry.FailAsync(context, 403, "DENIED").ContinueWith(_ => true, TaskScheduler.Default);
        (Descriptor mirrored, byte[] content) = AddBlob(1000, "hub/team/app", mirror);
        (Descriptor original, byte[] other) = AddBlob(2000);
        RegistryClientOptions options = Fast with
        {
            Hosts = new Dictionary<string, RegistryHostOptions>
            {
                [Server.Name] = Fast.Defaults with { Mirrors = [new RegistryMirror(broken.Name), new RegistryMirror(mirror.Name, "hub"), new RegistryMirror("127.0.0.1:9")] },
            },
        };
        RegistryClient client = Open(options);

        Assert.Equal(content, await ReadAsync(client, mirrored));
        Assert.Empty(Server.Requests);
        Assert.Equal(other, await ReadAsync(client, original));
        Assert.Equal((2, 2, 1), (broken.Requests.Count, mirror.Requests.Count, Server.Requests.Count));
        await client.Blobs.UploadAsync(Reference(), MediaTypes.OciLayer, Content(5), Token);
        Assert.Equal(0, mirror.Count("POST", ""));
    }

    [Fact]
    public async Task A_mirror_gets_its_own_credentials_only()
    {
        TestRegistry mirror = await StartRegistryAsync();
        mirror.User = "mirror:secret";
        Server.User = "origin:secret";
        (Descriptor blob, byte[] content) = AddBlob();
        RegistryClientOptions options = Fast with
        {
            Hosts = new Dictionary<string, RegistryHostOptions> { [Server.Name] = Fast.Defaults with { Mirrors = [new RegistryMirror(mirror.Name)] } },
        };

        Assert.Equal(content, await ReadAsync(OpenAs(RegistryCredential.FromPassword("origin", "secret"), options), blob));
        Assert.Null(Assert.Single(mirror.Requests).Authorization);
    }

    [Fact]
    public async Task A_proxy_is_used_where_it_is_given()
    {
        (Descriptor blob, byte[] content) = AddBlob();
        var options = new RegistryHostOptions { PlainHttp = PlainHttpPolicy.Require, Proxy = new WebProxy(Server.Address) };

        // Plain HTTP through a proxy names the target in the request; the test's registry answers whatever the name.
        Assert.Equal(content, await ReadAsync(Open(With(options)), blob, Reference(registry: "registry.invalid")));
    }

    [Fact]
    public async Task The_user_agent_is_sent()
    {
        string? seen = null;
        Server.Fault = context =>
        {
            seen = context.Request.Headers.UserAgent;
            return Task.FromResult(false);
        };

        await Open(Fast with { UserAgent = "test/1.0" }).PingAsync(Server.Name, Token);

        Assert.Equal("test/1.0", seen);
        Assert.Equal("ContainerKit/0.1.0", new RegistryClientOptions().UserAgent);
    }

    private static RegistryClientOptions With(RegistryHostOptions host) => Fast with { Defaults = host };

    private async Task<TestRegistry> StartSecureAsync()
    {
        Own(_certificates);
        return await StartRegistryAsync(_certificates.Server);
    }
}

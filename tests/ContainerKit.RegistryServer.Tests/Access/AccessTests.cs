using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using ContainerKit.Oci;
using ContainerKit.RegistryServer.Access;
using ContainerKit.TestSupport.Registry;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Access;

public sealed class AccessTests : IDisposable
{
    private readonly string _directory = NewDirectory();

    private string Htpasswd => Path.Combine(_directory, "htpasswd");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Users_get_what_rules_grant_by_password_and_by_token(bool useTokens)
    {
        await using RegistryFixture registry = await StartWithUsersAsync(useTokens, "alice:team/**:all", "bob:team/app:pull", "*:home/{user}:pull,push");
        using RegistryClient alice = ClientOf(registry, "alice", "secret a"), bob = ClientOf(registry, "bob", "secret b"), wrong = ClientOf(registry, "alice", "secret b");
        ImageReference image = ImageReference.Parse($"{registry.Server.Name}/team/app:v1");
        await alice.PingAsync(registry.Server.Name, Stop);
        Descriptor manifest = await PushAsync(alice, image);
        Assert.Equal(manifest.Digest, (await bob.Manifests.GetAsync(image, Stop)).Descriptor.Digest);

        await AssertRefusedAsync(() => PushAsync(bob, image));
        await AssertRefusedAsync(() => bob.Manifests.DeleteAsync(image, Stop));
        await AssertRefusedAsync(() => bob.Manifests.GetAsync(ImageReference.Parse($"{registry.Server.Name}/home/alice:v1"), Stop));
        await PushAsync(bob, ImageReference.Parse($"{registry.Server.Name}/home/bob:v1"));
        await AssertRefusedAsync(() => wrong.PingAsync(registry.Server.Name, Stop));
        List<string> seen = [];
        await foreach (string name in bob.ListRepositoriesAsync(registry.Server.Name, Stop))
            seen.Add(name);
        if (!useTokens)
            Assert.Equal(["home/bob", "team/app"], seen);

        // Mounting is reading: not from where one may not.
        Descriptor secret = await alice.Blobs.UploadAsync(ImageReference.Parse($"{registry.Server.Name}/team/secret"), MediaTypes.OciLayer, "private"u8.ToArray(), Stop);
        ImageReference home = ImageReference.Parse($"{registry.Server.Name}/home/bob");
        await bob.Blobs.UploadAsync(
            home, secret, _ => new(new MemoryStream("private"u8.ToArray())), new BlobUploadOptions { MountFrom = ImageReference.Parse($"{registry.Server.Name}/team/secret") }, Stop);
        await alice.Manifests.DeleteAsync(image, Stop);
    }

    [Fact]
    public async Task Who_does_not_say_who_he_is_is_told_how_to()
    {
        await using RegistryFixture basic = await StartWithUsersAsync(useTokens: false);
        using HttpResponseMessage refused = await basic.GetAsync("/v2/");
        Assert.Equal((HttpStatusCode.Unauthorized, "Basic"), (refused.StatusCode, refused.Headers.WwwAuthenticate.Single().Scheme));
        await using RegistryFixture tokens = await StartWithUsersAsync(useTokens: true, "anonymous:public/**:pull");
        using HttpResponseMessage bearer = await tokens.GetAsync("/v2/team/app/manifests/v1");
        Assert.Equal(HttpStatusCode.Unauthorized, bearer.StatusCode);
        string challenge = bearer.Headers.GetValues("WWW-Authenticate").Single();
        Assert.Equal($"Bearer realm=\"{tokens.Client.BaseAddress}token\",service=\"containerkit-registry\",scope=\"repository:team/app:pull\"", challenge);
        Assert.Equal((HttpStatusCode.Unauthorized, "UNAUTHORIZED"), await ErrorOf(bearer));
    }

    [Fact]
    public async Task Token_is_good_for_its_scopes_its_service_and_its_time_only_and_can_not_be_forged()
    {
        await using RegistryFixture registry = await StartWithUsersAsync(useTokens: true, "anonymous:public/**:pull", "alice:**:all");
        string token = await FetchTokenAsync(registry, "repository:public/app:pull,push");
        using (HttpResponseMessage get = await registry.GetAsync("/v2/public/app/manifests/v1", ("Authorization", $"Bearer {token}")))
            Assert.Equal(HttpStatusCode.NotFound, get.StatusCode);
        foreach ((HttpMethod method, string path) in ((HttpMethod, string)[])[(HttpMethod.Post, "/v2/public/app/blobs/uploads/"), (HttpMethod.Get, "/v2/public/other/manifests/v1")])
            Assert.Equal(HttpStatusCode.Unauthorized, (await ErrorOf(await registry.SendAsync(method, path, null, ("Authorization", $"Bearer {token}")))).Status);

        string[] parts = token.Split('.');
        string none = Convert.ToBase64String("""{"alg":"none"}"""u8).TrimEnd('=');
        string more = Convert.ToBase64String(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Decode(parts[1])).Replace("pull", "push", StringComparison.Ordinal))).TrimEnd('=');
        foreach (string forged in (string[])[$"{none}.{parts[1]}.", $"{parts[0]}.{more}.{parts[2]}", $"{parts[0]}.{parts[1]}.AAAA", "x", "..", token + "x"])
            Assert.Equal(HttpStatusCode.Unauthorized, (await ErrorOf(await registry.GetAsync("/v2/public/app/manifests/v1", ("Authorization", $"Bearer {forged}")))).Status);

        // Another process on the directory takes it; a registry that is called otherwise does not.
        await using RegistryFixture second = await StartAsync(registry.Directory, Options(true));
        using (HttpResponseMessage get = await second.GetAsync("/v2/", ("Authorization", $"Bearer {token}")))
            Assert.Equal(HttpStatusCode.OK, get.StatusCode);
        await using RegistryFixture other = await StartAsync(registry.Directory, options => Options(true)(options) is var set ? set with { Registry = set.Registry with { TokenService = "other" } } : options);
        Assert.Equal(HttpStatusCode.Unauthorized, (await ErrorOf(await other.GetAsync("/v2/", ("Authorization", $"Bearer {token}")))).Status);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(registry.Storage, "token.key")));
    }

    [Fact]
    public async Task Token_is_given_for_a_form_with_a_password_and_refused_for_a_wrong_one()
    {
        await using RegistryFixture registry = await StartWithUsersAsync(useTokens: true);
        using HttpResponseMessage answer = await registry.SendAsync(HttpMethod.Post, "/token", Form("secret a"));
        using JsonDocument document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop));
        string token = document.RootElement.GetProperty("access_token").GetString()!;
        using HttpResponseMessage begun = await registry.SendAsync(HttpMethod.Post, "/v2/any/blobs/uploads/", null, ("Authorization", $"Bearer {token}"));
        Assert.Equal(HttpStatusCode.Accepted, begun.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await ErrorOf(await registry.SendAsync(HttpMethod.Post, "/token", Form("wrong")))).Status);

        static FormUrlEncodedContent Form(string password) => new(new Dictionary<string, string>
        {
            ["grant_type"] = "password",
            ["username"] = "alice",
            ["password"] = password,
            ["scope"] = "repository:any:pull,push",
        });
    }

    [Fact]
    public async Task Password_that_is_changed_in_the_file_counts_at_once()
    {
        await using RegistryFixture registry = await StartWithUsersAsync(useTokens: false);
        Assert.Equal(HttpStatusCode.OK, await PingAsync("secret a"));
        await File.WriteAllTextAsync(Htpasswd, $"# changed\nalice:{BCrypt.Net.BCrypt.HashPassword("new", 4)}\n", Stop);
        Assert.Equal(HttpStatusCode.Unauthorized, await PingAsync("secret a"));
        Assert.Equal(HttpStatusCode.OK, await PingAsync("new"));

        async Task<HttpStatusCode> PingAsync(string password)
        {
            using HttpResponseMessage response = await registry.GetAsync("/v2/", ("Authorization", Basic("alice", password)));
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task Client_certificate_says_who_a_client_is_and_without_one_nobody_gets_in()
    {
        using var certificates = new TestCertificates();
        X509Certificate2Collection authorities = [certificates.Authority];
        await using RegistryFixture registry = await StartAsync(options => options with
        {
            Tls = new OciRegistryTlsOptions { Certificate = certificates.Server, ClientAuthorities = authorities },
            Registry = options.Registry with { AccessRules = [OciRegistryAccessRule.Parse("ck-test client:team/**:pull,push")] },
        });
        using RegistryClient known = Client([certificates.Client]), unknown = Client([]);
        await PushAsync(known, ImageReference.Parse($"{registry.Server.Name}/team/app:v1"));
        await AssertRefusedAsync(() => PushAsync(known, ImageReference.Parse($"{registry.Server.Name}/other/app:v1")));
        await Assert.ThrowsAsync<RegistryException>(() => unknown.PingAsync(registry.Server.Name, Stop));

        RegistryClient Client(X509Certificate2Collection own) => new(new RegistryClientOptions
        {
            Credentials = CredentialSources.None,
            MaxRetries = 0,
            Defaults = new RegistryHostOptions { CertificateAuthorities = authorities, ClientCertificates = own },
        });
    }

    [Fact]
    public async Task Address_that_others_reach_is_refused_unless_they_are_asked_who_they_are()
    {
        IPEndPoint everywhere = new(IPAddress.Any, 0);
        Assert.Contains("AllowUnauthenticatedAccess", (await Assert.ThrowsAsync<ArgumentException>(() => StartAsync(options => options with { EndPoints = [everywhere] }))).Message, StringComparison.Ordinal);
        WriteUsers();
        Assert.Contains("AllowPlainHttp", (await Assert.ThrowsAsync<ArgumentException>(() => StartAsync(options => Options(false)(options) with { EndPoints = [everywhere] }))).Message, StringComparison.Ordinal);
        await using RegistryFixture meant = await StartAsync(options => options with { EndPoints = [everywhere], AllowUnauthenticatedAccess = true });
    }

    [Theory]
    [InlineData("alice:plain")]
    [InlineData("alice:$apr1$x$y")]
    [InlineData("alice")]
    [InlineData(":$2y$05$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void File_of_users_with_another_kind_of_hash_is_refused_with_its_line(string line)
    {
        File.WriteAllText(Htpasswd, "# users\n" + line + "\n");
        Assert.Contains("line 2", Assert.Throws<FormatException>(() => new HtpasswdFile(Htpasswd)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("**", "a/b/c", true)]
    [InlineData("*", "a", true)]
    [InlineData("*", "a/b", false)]
    [InlineData("team/*", "team/app", true)]
    [InlineData("team/*", "team/a/b", false)]
    [InlineData("team/**", "team/a/b", true)]
    [InlineData("team/**", "teams/a", false)]
    [InlineData("team/**/test", "team/a/b/test", true)]
    [InlineData("team/*-dev", "team/a-dev-dev", true)]
    [InlineData("**/x*", "a/b/xy", true)]
    [InlineData("a", "ab", false)]
    [InlineData("ab", "a", false)]
    [InlineData("home/{user}", "home/bob", true)]
    [InlineData("home/{user}", "home/alice", false)]
    public void Patterns_match_within_and_across_components(string pattern, string name, bool expected)
        => Assert.Equal(expected, RepositoryPattern.Matches(pattern, name, "bob"));

    [Theory]
    [InlineData("**")]
    [InlineData("*")]
    [InlineData("a/b")]
    [InlineData(null)]
    public void Name_of_a_user_is_no_pattern(string? user) => Assert.False(RepositoryPattern.Matches("home/{user}", "home/a/b", user) || RepositoryPattern.Matches("home/{user}", "home/x", user));

    [Theory]
    [InlineData("alice:team")]
    [InlineData("alice:team:fly")]
    [InlineData(":team:pull")]
    [InlineData("alice::pull")]
    public void Rule_that_is_none_is_refused(string text) => Assert.Throws<FormatException>(() => OciRegistryAccessRule.Parse(text));

    internal static async Task<Descriptor> PushAsync(RegistryClient client, ImageReference image)
    {
        Descriptor config = await client.Blobs.UploadAsync(image, MediaTypes.OciEmpty, "{}"u8.ToArray(), Stop);
        return await client.Manifests.PutAsync(image, MediaTypes.OciManifest, new ImageManifest { Config = config, Layers = [config] }.ToUtf8Json(), Stop);
    }

    private static async Task AssertRefusedAsync(Func<Task> action) => Assert.True((await Assert.ThrowsAsync<RegistryException>(action)).IsUnauthorized);

    private static RegistryClient ClientOf(RegistryFixture registry, string user, string password) => new(new RegistryClientOptions
    {
        Credentials = CredentialSources.FromDictionary(new Dictionary<string, RegistryCredential> { [registry.Server.Name] = RegistryCredential.FromPassword(user, password) }),
        MaxRetries = 0,
    });

    private static string Basic(string user, string password) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));

    private static byte[] Decode(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);

    private static async Task<string> FetchTokenAsync(RegistryFixture registry, string scope)
    {
        using HttpResponseMessage answer = await registry.GetAsync($"/token?service=containerkit-registry&scope={Uri.EscapeDataString(scope)}");
        using JsonDocument document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop));
        return document.RootElement.GetProperty("token").GetString()!;
    }

    private Task<RegistryFixture> StartWithUsersAsync(bool useTokens, params string[] rules)
    {
        WriteUsers();
        return StartAsync(Options(useTokens, rules));
    }

    private void WriteUsers() => File.WriteAllText(Htpasswd, $"alice:{BCrypt.Net.BCrypt.HashPassword("secret a", 4)}\nbob:{BCrypt.Net.BCrypt.HashPassword("secret b", 4)}\n");

    private Func<OciRegistryServerOptions, OciRegistryServerOptions> Options(bool useTokens, params string[] rules) => options => options with
    {
        Registry = options.Registry with { HtpasswdFile = Htpasswd, UseTokens = useTokens, AccessRules = [.. rules.Select(OciRegistryAccessRule.Parse)] },
    };
}

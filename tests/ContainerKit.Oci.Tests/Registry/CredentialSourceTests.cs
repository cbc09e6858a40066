using System.Runtime.Versioning;
using System.Text;
using Xunit;

namespace ContainerKit.Oci.Tests.Registry;

public sealed class CredentialSourceTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ck-oci-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("docker.io", "library/alpine", "hub")]
    [InlineData("quay.io", "team/app", "quay")]
    [InlineData("localhost:5000", "x", "local")]
    [InlineData("ghcr.io", "other/app", "ghcr")]
    [InlineData("ghcr.io", "team/app", "ghcr-team")]
    [InlineData("ghcr.io", "team/app/deep", "ghcr-team")]
    [InlineData("ghcr.io", "teamx/app", "ghcr")]
    [InlineData("plain.example", "x", "fields")]
    [InlineData("empty.example", "x", null)]
    [InlineData("unknown.example", "x", null)]
    public async Task Entries_of_a_file_are_found_under_every_name(string registry, string repository, string? expected)
    {
        string file = Write($$"""
            {
              "auths": {
                "https://index.docker.io/v1/": {"auth": "{{Encode("hub:p")}}"},
                "https://quay.io": {"auth": "{{Encode("quay:a:b")}}"},
                "localhost:5000": {"auth": "{{Encode("local:p")}}", "email": "x"},
                "ghcr.io": {"auth": "{{Encode("ghcr:p")}}"},
                "ghcr.io/team": {"auth": "{{Encode("ghcr-team:p")}}"},
                "http://plain.example/v2/": {"username": "fields", "password": "p"},
                "empty.example": {}
              },
              "HttpHeaders": {"User-Agent": "Docker"}, "currentContext": "x",
            }
            """);

        RegistryCredential? found = await CredentialSources.FromFile(file).FindAsync(registry, repository, Token);

        Assert.Equal(expected, found?.UserName);
        Assert.Equal(registry == "quay.io" ? "a:b" : found is null ? null : "p", found?.Password);
    }

    [Fact]
    public async Task Tokens_of_a_file_are_understood()
    {
        string file = Write($$$"""{"auths":{"a.example":{"auth":"{{{Encode("user:")}}}","identitytoken":"identity"},"b.example":{"registrytoken":"access"} } }""");
        ICredentialSource source = CredentialSources.FromFile(file);

        Assert.Equal("identity", (await source.FindAsync("a.example", "x", Token))!.IdentityTokenValue);
        Assert.Equal("access", (await source.FindAsync("b.example", "x", Token))!.AccessTokenValue);
    }

    [Theory]
    [InlineData("{\"auths\":{\"a.example\":{\"auth\":\"secret\"}")]
    [InlineData("{\"auths\":{\"a.example\":{\"auth\":\"???secret\"}}}")]
    [InlineData("{\"auths\":{\"a.example\":{\"auth\":\"c2VjcmV0\"}}}")]
    public async Task A_damaged_file_is_an_error_without_its_content(string json)
    {
        string file = Write(json);

        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => CredentialSources.FromFile(file).FindAsync("a.example", "x", Token).AsTask());

        Assert.Contains(file, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_file_has_no_credentials()
        => Assert.Null(await CredentialSources.FromFile(Path.Combine(_directory, "none/none.json")).FindAsync("a.example", "x", Token));

    [Fact]
    public async Task The_first_source_that_knows_something_decides()
    {
        ICredentialSource first = CredentialSources.FromDictionary(new Dictionary<string, RegistryCredential> { ["a.example"] = RegistryCredential.FromPassword("first", "") });
        ICredentialSource second = CredentialSources.FromDictionary(new Dictionary<string, RegistryCredential>
        {
            ["a.example"] = RegistryCredential.FromPassword("second", ""),
            ["b.example"] = RegistryCredential.FromPassword("second", ""),
        });
        ICredentialSource chain = CredentialSources.Combine(CredentialSources.None, first, second);

        Assert.Equal("first", (await chain.FindAsync("a.example", "", Token))!.UserName);
        Assert.Equal("second", (await chain.FindAsync("B.EXAMPLE", "", Token))!.UserName);
        Assert.Null(await chain.FindAsync("c.example", "", Token));
    }

    [Fact]
    public void The_text_of_credentials_has_no_secret()
    {
        RegistryCredential[] all = [RegistryCredential.FromPassword("ada", "secret"), RegistryCredential.FromIdentityToken("secret"), RegistryCredential.FromAccessToken("secret")];

        Assert.Equal(["user ada", "identity token", "access token"], all.Select(each => each.ToString()));
        Assert.Throws<ArgumentException>(() => RegistryCredential.FromPassword("a:b", "c"));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Helpers_are_asked_for_the_registry()
    {
        string helper = WriteHelper("read key; printf '{\"ServerURL\":\"%s\",\"Username\":\"%s\",\"Secret\":\"s\"}' \"$key\" \"$1-$key\"");
        string file = Write($$"""{"credHelpers":{"a.example":"{{helper}}"},"credsStore":"{{helper}}"}""");
        ICredentialSource source = CredentialSources.FromFile(file);

        Assert.Equal("get-a.example", (await source.FindAsync("a.example", "x/y", Token))!.UserName);
        Assert.Equal("get-b.example", (await source.FindAsync("b.example", "x/y", Token))!.UserName);
        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => source.FindAsync("docker.io", "library/x", Token).AsTask());
        Assert.Contains("did not print credentials", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_helper_may_give_an_identity_token_or_nothing()
    {
        string token = WriteHelper("cat >/dev/null; echo '{\"Username\":\"<token>\",\"Secret\":\"identity\"}'");
        string nothing = WriteHelper("echo 'credentials not found in native keychain'; exit 1");

        Assert.Equal("identity", (await new CredentialHelper(token).GetAsync("a.example", Token))!.ToCredential().IdentityTokenValue);
        Assert.Null(await new CredentialHelper(nothing).GetAsync("a.example", Token));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_helper_that_fails_is_an_error_without_what_it_printed()
    {
        string failing = WriteHelper("cat >/dev/null; echo secret; echo secret >&2; exit 3");
        string talking = WriteHelper("cat >/dev/null; head -c 1000000 /dev/zero | tr '\\0' s; echo secret");

        RegistryException failed = await Assert.ThrowsAsync<RegistryException>(() => new CredentialHelper(failing).GetAsync("a.example", Token));
        RegistryException talked = await Assert.ThrowsAsync<RegistryException>(() => new CredentialHelper(talking).GetAsync("a.example", Token));
        RegistryException missing = await Assert.ThrowsAsync<RegistryException>(() => new CredentialHelper("ck-none").GetAsync("a.example", Token));

        Assert.Contains("exit code 3", failed.Message, StringComparison.Ordinal);
        Assert.Contains("docker-credential-ck-none can't be started", missing.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failed.ToString() + talked, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("a b")]
    [InlineData("a;b")]
    public void A_helper_with_a_path_for_a_name_is_refused(string helper)
        => Assert.Contains("no name of a credential helper", Assert.Throws<RegistryException>(() => new CredentialHelper(helper)).Message, StringComparison.Ordinal);

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_helper_keeps_finds_lists_and_erases()
    {
        string kept = Path.Combine(_directory, "kept");
        var helper = new CredentialHelper(WriteHelper($$"""
            case $1 in
              store) cat > {{kept}};;
              get) if [ -e {{kept}} ]; then cat {{kept}}; else echo 'credentials not found'; exit 1; fi;;
              list) if [ -e {{kept}} ]; then echo '{"a.example": "ada"}'; else echo '{}'; fi;;
              erase) rm {{kept}} 2>/dev/null || { echo 'credentials not found'; exit 1; };;
            esac
            """));

        Assert.Null(await helper.GetAsync("a.example", Token));
        await helper.StoreAsync("a.example", new StoredCredential("ada", "s3cret\n"), Token);
        Assert.Contains("\"ServerURL\":\"a.example\"", await File.ReadAllTextAsync(kept, Token), StringComparison.Ordinal);
        StoredCredential found = (await helper.GetAsync("a.example", Token))!;
        Assert.Equal(("ada", "s3cret\n", "user ada"), (found.UserName, found.Secret, found.ToString()));
        Assert.Equal("ada", (await helper.ListAsync(Token))["a.example"]);
        Assert.True(await helper.EraseAsync("a.example", Token));
        Assert.False(await helper.EraseAsync("a.example", Token));
        Assert.Empty(await helper.ListAsync(Token));
        await helper.StoreAsync("a.example", StoredCredential.FromIdentityToken("t"), Token);
        Assert.True((await helper.GetAsync("a.example", Token))!.IsIdentityToken);
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private string Write(string json)
    {
        string path = Path.Combine(_directory, Guid.NewGuid().ToString("n"));
        File.WriteAllText(path, json);
        return path;
    }

    /// <summary>A helper of a name of its own, in a directory that is added to PATH.</summary>
    [UnsupportedOSPlatform("windows")]
    private string WriteHelper(string script)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "missing capability: a shell");
        string name = "ck" + Guid.NewGuid().ToString("n");
        string path = Path.Combine(_directory, "docker-credential-" + name);
        File.WriteAllText(path, "#!/bin/sh\n" + script + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Environment.SetEnvironmentVariable("PATH", $"{Environment.GetEnvironmentVariable("PATH")}:{_directory}");
        return name;
    }
}

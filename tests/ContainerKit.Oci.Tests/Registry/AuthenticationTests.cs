using System.Net;
using ContainerKit.TestSupport.Registry;
using Xunit;

namespace ContainerKit.Oci.Tests.Registry;

public sealed class AuthenticationTests : RegistryTest
{
    private static readonly RegistryCredential Ada = RegistryCredential.FromPassword("ada", "pass:word");

    [Fact]
    public async Task Basic_credentials_are_sent_once_they_are_asked_for()
    {
        Server.User = "ada:pass:word";
        (Descriptor blob, byte[] content) = AddBlob();
        RegistryClient client = OpenAs(Ada);

        Assert.Equal(content, await ReadAsync(client, blob));
        Assert.Equal(content, await ReadAsync(client, blob));

        Assert.Equal([true, false, false], Server.Requests.Select(request => request.Authorization is null));
    }

    [Fact]
    public async Task Wrong_or_missing_credentials_are_told_apart()
    {
        Server.User = "ada:pass:word";

        RegistryException wrong = await Assert.ThrowsAsync<RegistryException>(() => OpenAs(RegistryCredential.FromPassword("ada", "secret-guess")).PingAsync(Server.Name, Token));
        RegistryException missing = await Assert.ThrowsAsync<RegistryException>(() => Open().PingAsync(Server.Name, Token));

        Assert.Equal((HttpStatusCode.Unauthorized, RegistryErrorCodes.Unauthorized, true), (wrong.StatusCode, wrong.ErrorCode, wrong.IsUnauthorized));
        Assert.DoesNotContain("no credentials were found", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-guess", wrong.ToString(), StringComparison.Ordinal);
        Assert.Contains("no credentials were found", missing.Message, StringComparison.Ordinal);
        await OpenAs(Ada).PingAsync(Server.Name, Token);
    }

    [Fact]
    public async Task Tokens_are_fetched_for_what_is_done_and_kept()
    {
        TestTokenServer tokens = await UseTokensAsync();
        tokens.User = "ada:pass:word";
        (Descriptor blob, byte[] content) = AddBlob();
        RegistryClient client = OpenAs(Ada);

        await ReadAsync(client, blob);
        await ReadAsync(client, blob);
        await client.Blobs.UploadAsync(Reference(), MediaTypes.OciLayer, Content(10, seed: 2), Token);
        await ReadAsync(client, blob);

        Assert.Equal(2, tokens.Requests.Count);
        Assert.Equal("?service=test%20registry&scope=repository%3Ateam%2Fapp%3Apull&account=ada", tokens.Requests.First().Query);
        Assert.Contains("repository%3Ateam%2Fapp%3Apull%2Cpush", tokens.Requests.Last().Query, StringComparison.Ordinal);
        Assert.DoesNotContain(Server.Requests, request => request.Authorization?.StartsWith("Basic", StringComparison.Ordinal) == true);
        Assert.Single(Server.Requests, request => request.Authorization is null);
        Assert.NotEmpty(content);
    }

    [Fact]
    public async Task Anonymous_tokens_are_fetched_without_credentials()
    {
        TestTokenServer tokens = await UseTokensAsync();
        (Descriptor blob, byte[] content) = AddBlob();

        Assert.Equal(content, await ReadAsync(Open(), blob));
        Assert.Null(Assert.Single(tokens.Requests).Authorization);
    }

    [Fact]
    public async Task Many_requests_at_once_ask_for_one_token()
    {
        TestTokenServer tokens = await UseTokensAsync();
        (Descriptor blob, _) = AddBlob();
        RegistryClient client = Open();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ReadAsync(client, blob)));

        Assert.Single(tokens.Requests);
    }

    [Fact]
    public async Task An_expired_token_is_not_sent()
    {
        TestTokenServer tokens = await UseTokensAsync();
        tokens.ExpiresIn = 100;
        (Descriptor blob, _) = AddBlob();
        var clock = new ManualTime();
        RegistryClient client = Open(Fast with { TimeProvider = clock });

        await ReadAsync(client, blob);
        clock.Advance(TimeSpan.FromSeconds(80));
        await ReadAsync(client, blob);
        Assert.Single(tokens.Requests);
        clock.Advance(TimeSpan.FromSeconds(15));
        await ReadAsync(client, blob);

        Assert.Equal(2, tokens.Requests.Count);
        Assert.Equal(4, Server.Requests.Count);
    }

    [Fact]
    public async Task A_token_that_was_revoked_is_replaced()
    {
        TestTokenServer tokens = await UseTokensAsync();
        (Descriptor blob, byte[] content) = AddBlob();
        RegistryClient client = Open();
        await ReadAsync(client, blob);

        tokens.RevokeAll();

        Assert.Equal(content, await ReadAsync(client, blob));
        Assert.Equal(2, tokens.Requests.Count);
    }

    [Fact]
    public async Task Identity_tokens_are_exchanged_and_renewed()
    {
        TestTokenServer tokens = await UseTokensAsync();
        tokens.IdentityToken = "refresh-1";
        tokens.NextIdentityToken = "refresh-2";
        (Descriptor blob, byte[] content) = AddBlob();
        RegistryClient client = OpenAs(RegistryCredential.FromIdentityToken("refresh-1"));

        Assert.Equal(content, await ReadAsync(client, blob));
        tokens.RevokeAll();
        Assert.Equal(content, await ReadAsync(client, blob));

        Assert.All(tokens.Requests, request => Assert.Equal(("POST", (string?)null), (request.Method, request.Authorization)));
        Assert.Contains("refresh_token=refresh-1&service=test+registry&scope=repository%3Ateam%2Fapp%3Apull", tokens.Requests.First().Body, StringComparison.Ordinal);
        Assert.Contains("refresh_token=refresh-2", tokens.Requests.Last().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_given_access_token_is_sent_as_it_is()
    {
        TestTokenServer tokens = await UseTokensAsync();
        Server.Fault = context =>
        {
            bool known = context.Request.Headers.Authorization == "Bearer given";
            context.Response.StatusCode = 200;
            return Task.FromResult(known);
        };

        await OpenAs(RegistryCredential.FromAccessToken("given")).PingAsync(Server.Name, Token);

        Assert.Empty(tokens.Requests);
    }

    [Fact]
    public async Task A_mount_asks_to_read_the_other_repository_as_well()
    {
        TestTokenServer tokens = await UseTokensAsync();
        (Descriptor blob, byte[] content) = AddBlob(100, "base/image");

        BlobUploadOutcome outcome = await Open().Blobs.UploadAsync(
            Reference(), blob, _ => new(new MemoryStream(content)), new BlobUploadOptions { MountFrom = Reference("base/image") }, Token);

        Assert.Equal(BlobUploadOutcome.Mounted, outcome);
        Assert.Contains("scope=repository%3Abase%2Fimage%3Apull&scope=repository%3Ateam%2Fapp%3Apull%2Cpush", tokens.Requests.Last().Query, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://token.example/token")]
    [InlineData("http://localhost:1/token")]
    [InlineData("ftp://127.0.0.1/token")]
    [InlineData("/token")]
    [InlineData("http://user:password@127.0.0.1/token")]
    public async Task Credentials_are_not_sent_to_a_token_server_without_protection_elsewhere(string realm)
    {
        Server.Fault = async context =>
        {
            context.Response.Headers.WWWAuthenticate = $"Bearer realm=\"{realm}\",service=\"x\"";
            await TestRegistry.FailAsync(context, 401, "UNAUTHORIZED");
            return true;
        };

        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => OpenAs(Ada).PingAsync(Server.Name, Token));

        Assert.Contains("token server", e.Message, StringComparison.Ordinal);
        Assert.Single(Server.Requests);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("""{"token":"with space and\r\nX-Header: 1"}""")]
    [InlineData("""{"token":""}""")]
    [InlineData("null")]
    public async Task A_token_server_that_answers_nonsense_is_an_error_without_what_it_said(string answer)
    {
        TestTokenServer tokens = await UseTokensAsync();
        tokens.Fault = async context =>
        {
            await context.Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes(answer));
            return true;
        };

        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => Open().PingAsync(Server.Name, Token));

        Assert.DoesNotContain("X-Header", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_server_that_redirects_gets_no_further()
    {
        TestTokenServer tokens = await UseTokensAsync();
        TestRegistry elsewhere = await StartRegistryAsync();
        tokens.Fault = context =>
        {
            context.Response.Redirect(elsewhere.Address + "token");
            return Task.FromResult(true);
        };

        await Assert.ThrowsAsync<RegistryException>(() => OpenAs(Ada).PingAsync(Server.Name, Token));

        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task Refusal_by_the_token_server_is_unauthorised()
    {
        TestTokenServer tokens = await UseTokensAsync();
        tokens.User = "ada:other";

        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => OpenAs(Ada).PingAsync(Server.Name, Token));

        Assert.True(e.IsUnauthorized);
        Assert.Equal(tokens.Realm.ToString(), e.Url);
    }

    [Fact]
    public async Task Redirects_to_another_host_carry_no_credentials()
    {
        Server.User = "ada:pass:word";
        TestRegistry storage = await StartRegistryAsync();
        (Descriptor blob, byte[] content) = AddBlob();
        storage.Blobs[$"team/app@{blob.Digest}"] = content;
        Server.RedirectBlobs = path => $"{storage.Address}{path[1..]}?signature=secret";

        Assert.Equal(content, await ReadAsync(OpenAs(Ada), blob));

        Assert.Null(Assert.Single(storage.Requests).Authorization);
        Assert.NotNull(Server.Requests.Last().Authorization);
    }

    [Fact]
    public async Task Another_host_that_asks_for_credentials_gets_none()
    {
        Server.User = "ada:pass:word";
        TestRegistry storage = await StartRegistryAsync();
        storage.User = "ada:pass:word";
        (Descriptor blob, byte[] content) = AddBlob();
        storage.Blobs[$"team/app@{blob.Digest}"] = content;
        Server.RedirectBlobs = path => $"{storage.Address}{path[1..]}?signature=secret";

        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => ReadAsync(OpenAs(Ada), blob));

        Assert.Null(Assert.Single(storage.Requests).Authorization);
        Assert.Equal(HttpStatusCode.Unauthorized, e.StatusCode);
        Assert.DoesNotContain("secret", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Uploads_to_another_host_carry_no_credentials()
    {
        Server.User = "ada:pass:word";
        TestRegistry storage = await StartRegistryAsync();
        storage.Fault = context =>
        {
            context.Response.StatusCode = 201;
            return Task.FromResult(true);
        };
        Server.FailFirst(2, "POST", "/uploads/", context =>
        {
            bool allowed = context.Request.Headers.Authorization.Count > 0;
            context.Response.StatusCode = allowed ? 202 : 401;
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"x\"";
            context.Response.Headers.Location = $"{storage.Address}put-here?signature=1";
            return Task.CompletedTask;
        });

        await OpenAs(Ada).Blobs.UploadAsync(Reference(), MediaTypes.OciLayer, Content(10), Token);

        Assert.Null(Assert.Single(storage.Requests).Authorization);
        Assert.StartsWith("?signature=1&digest=sha256%3A", storage.Requests.Single().Query, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://elsewhere.example/blob")]
    [InlineData("file:///etc/passwd")]
    [InlineData("")]
    public async Task Redirects_to_where_a_client_must_not_go_are_refused(string target)
    {
        (Descriptor blob, _) = AddBlob();
        Server.RedirectBlobs = _ => target;
        RegistryClientOptions options = Fast with { Defaults = new RegistryHostOptions { Endpoint = Server.Address } };

        await Assert.ThrowsAsync<RegistryException>(() => ReadAsync(Open(options), blob));
    }

    [Fact]
    public async Task Redirects_in_a_circle_come_to_an_end()
    {
        (Descriptor blob, _) = AddBlob();
        Server.RedirectBlobs = path => path;

        await Assert.ThrowsAsync<RegistryException>(() => ReadAsync(Open(), blob));

        Assert.Equal(11, Server.Requests.Count);
    }

    private async Task<TestTokenServer> UseTokensAsync()
    {
        TestTokenServer tokens = OwnServer(await TestTokenServer.StartAsync());
        Server.Tokens = tokens;
        return tokens;
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using ContainerKit.Oci;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Robustness;

public sealed class HostileClientTests
{
    [Theory]
    [InlineData("GET /v2/../../../../etc/passwd HTTP/1.1")]
    [InlineData("GET /v2/a/../../b/tags/list HTTP/1.1")]
    [InlineData("GET /v2/%2e%2e/%2e%2e/blobs/sha256:0000000000000000000000000000000000000000000000000000000000000000 HTTP/1.1")]
    [InlineData("GET /v2/a%2f%2e%2e%2fb/tags/list HTTP/1.1")]
    [InlineData("GET /v2/a/blobs/sha256:../../../../../../../../../../../../../../../../../../etc/passwd HTTP/1.1")]
    [InlineData("GET /v2/a/blobs/sha256:%2e%2e%2f0000000000000000000000000000000000000000000000000000000000000 HTTP/1.1")]
    [InlineData("GET /v2/a/manifests/..%2f..%2f..%2ftoken.key HTTP/1.1")]
    [InlineData("PATCH /v2/a/blobs/uploads/..%2f..%2ftoken.key HTTP/1.1")]
    [InlineData("PUT /v2/a/manifests/%2fetc%2fx HTTP/1.1")]
    [InlineData("GET /repositories/..%2f..%2fx HTTP/1.1")]
    [InlineData("GET /v2/a\\b/tags/list HTTP/1.1")]
    [InlineData("GET /v2/_manifests/tags/list HTTP/1.1")]
    public async Task Paths_that_lead_out_are_refused_and_make_no_files(string request)
    {
        await using RegistryFixture registry = await StartAsync();
        string answer = await ExchangeAsync(registry, $"{request}\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        Assert.Matches("^HTTP/1.1 4\\d\\d ", answer);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(registry.Storage, "repositories")));
        Assert.Empty(registry.Leftovers());
    }

    [Fact]
    public async Task Name_of_255_characters_is_the_longest()
    {
        await using RegistryFixture registry = await StartAsync();
        await registry.PushImageAsync(new string('a', 255), "v1");
        await registry.PushImageAsync(string.Join('/', Enumerable.Repeat("a", 128)), new string('t', 128));
        Assert.Equal((HttpStatusCode.BadRequest, "NAME_INVALID"), await ErrorOf(await registry.GetAsync($"/v2/{new string('a', 256)}/tags/list")));
        Assert.Equal((HttpStatusCode.BadRequest, "TAG_INVALID"), await ErrorOf(await registry.GetAsync($"/v2/a/manifests/{new string('t', 129)}")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Endless_upload_is_cut_off_at_the_limit_and_leaves_nothing(bool isChunked)
    {
        await using RegistryFixture registry = await StartAsync(options => options with { Registry = options.Registry with { Limits = options.Registry.Limits with { MaxBlobSize = 1 << 20 } } });
        using HttpResponseMessage begun = await registry.SendAsync(HttpMethod.Post, "/v2/app/blobs/uploads/");
        using var client = new TcpClient();
        await client.ConnectAsync(registry.Client.BaseAddress!.Host, registry.Client.BaseAddress.Port, Stop);
        NetworkStream stream = client.GetStream();
        string length = isChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {long.MaxValue}";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"PATCH {begun.Headers.Location} HTTP/1.1\r\nHost: x\r\n{length}\r\n\r\n"), Stop);
        Task<string> answer = ReadStatusAsync(stream);
        byte[] piece = [.. "8000\r\n"u8, .. new byte[0x8000], .. "\r\n"u8];
        try
        {
            while (!answer.IsCompleted)
                await stream.WriteAsync(piece, Stop);
        }
        catch (IOException)
        {
            // Cut off.
        }

        Assert.Contains(" 413 ", await answer.WaitAsync(Patience, Stop), StringComparison.Ordinal);
        Assert.Empty(registry.Leftovers());
    }

    [Fact]
    public async Task Connection_that_breaks_within_an_upload_leaves_what_can_be_gone_on_with()
    {
        await using RegistryFixture registry = await StartAsync();
        byte[] content = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 31))];
        Digest digest = Digest.Compute(content);
        using HttpResponseMessage begun = await registry.SendAsync(HttpMethod.Post, "/v2/app/blobs/uploads/");
        string location = begun.Headers.Location!.ToString();
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(registry.Client.BaseAddress!.Host, registry.Client.BaseAddress.Port, Stop);
            byte[] head = Encoding.ASCII.GetBytes($"PUT {location}?digest={digest} HTTP/1.1\r\nHost: x\r\nContent-Length: {content.Length}\r\n\r\n");
            await client.GetStream().WriteAsync((byte[])[.. head, .. content[..50_000]], Stop);
            await WaitForLengthAsync(registry, location, 50_000);
        }

        // The end of the other request is what is waited for, too: until then it has the upload.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(Patience);
        HttpResponseMessage? done = null;
        while (done is null or { StatusCode: HttpStatusCode.Conflict })
        {
            done?.Dispose();
            limit.Token.ThrowIfCancellationRequested();
            done = await registry.SendAsync(HttpMethod.Put, $"{location}?digest={digest}", Body(content[50_000..]));
        }

        Assert.Equal(HttpStatusCode.Created, done.StatusCode);
        done.Dispose();
        using HttpResponseMessage get = await registry.GetAsync($"/v2/app/blobs/{digest}");
        Assert.Equal(content, await get.Content.ReadAsByteArrayAsync(Stop));
    }

    [Fact]
    public async Task Chunk_of_another_length_than_its_range_is_refused_and_the_upload_stays_as_it_was()
    {
        await using RegistryFixture registry = await StartAsync();
        using HttpResponseMessage begun = await registry.SendAsync(HttpMethod.Post, "/v2/app/blobs/uploads/");
        string location = begun.Headers.Location!.ToString();
        using HttpResponseMessage first = await registry.SendAsync(HttpMethod.Patch, location, Body([1, 2, 3]), ("Content-Range", "0-2"));
        Assert.Equal((HttpStatusCode.BadRequest, "BLOB_UPLOAD_INVALID"), await ErrorOf(await registry.SendAsync(HttpMethod.Patch, location, Body([4, 5]), ("Content-Range", "3-9"))));
        using HttpResponseMessage done = await registry.SendAsync(HttpMethod.Put, $"{location}?digest={Digest.Compute([1, 2, 3])}");
        Assert.Equal(HttpStatusCode.Created, done.StatusCode);
    }

    [Fact]
    public async Task Uploads_are_limited_in_number_and_a_quota_in_bytes()
    {
        await using RegistryFixture registry = await StartAsync(options => options with
        {
            Registry = options.Registry with { Limits = options.Registry.Limits with { MaxUploads = 3, RepositoryQuotas = [new("small/**", 100)], MaxTagsPerRepository = 2 } },
        });
        await registry.PushBlobAsync("small/app", new byte[60]);
        await registry.PushBlobAsync("large/app", new byte[61]);
        Assert.Equal((HttpStatusCode.Forbidden, "DENIED"), await ErrorOf(await registry.SendAsync(HttpMethod.Post, $"/v2/small/app/blobs/uploads/?digest={Digest.Compute(new byte[61])}", Body(new byte[61]))));
        Assert.Equal((HttpStatusCode.Forbidden, "DENIED"), await ErrorOf(await registry.SendAsync(HttpMethod.Post, $"/v2/small/app/blobs/uploads/?mount={Digest.Compute(new byte[61])}&from=large/app")));
        await registry.PushBlobAsync("small/app", new byte[60]);
        await registry.PushImageAsync("small/app", "v1", "short");
        Assert.Empty(registry.Leftovers());
        await registry.PushImageAsync("small/app", "v2", "short");
        await registry.PushImageAsync("small/app", "v2", "short");
        byte[] manifest = new ImageManifest { Config = Descriptor.ForContent(MediaTypes.OciEmpty, "{}"u8), Layers = [] }.ToUtf8Json();
        Assert.Equal((HttpStatusCode.Forbidden, "DENIED"), await ErrorOf(await registry.PutManifestAsync("small/app", "v3", manifest)));

        for (int i = 0; i < 3; i++)
            (await registry.SendAsync(HttpMethod.Post, "/v2/app/blobs/uploads/")).Dispose();
        Assert.Equal((HttpStatusCode.TooManyRequests, "TOOMANYREQUESTS"), await ErrorOf(await registry.SendAsync(HttpMethod.Post, "/v2/app/blobs/uploads/")));
    }

    [Fact]
    public async Task Slow_clients_are_cut_off_and_others_are_served_meanwhile()
    {
        await using RegistryFixture registry = await StartAsync();
        using HttpResponseMessage begun = await registry.SendAsync(HttpMethod.Post, "/v2/app/blobs/uploads/");
        List<TcpClient> slow = [];
        try
        {
            for (int i = 0; i < 50; i++)
            {
                var client = new TcpClient();
                slow.Add(client);
                await client.ConnectAsync(registry.Client.BaseAddress!.Host, registry.Client.BaseAddress.Port, Stop);
                string head = i % 2 == 0 ? "GET /v2/ HTTP/1.1\r\nHos" : $"PATCH {begun.Headers.Location} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nx";
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), Stop);
            }

            await registry.PushImageAsync("app", "v1");

            // Those that have begun a body and send no more of it: the server ends the connection, with an answer or without.
            await ReadAllAsync(slow[1].GetStream()).WaitAsync(Patience, Stop);
            await ReadAllAsync(slow[3].GetStream()).WaitAsync(Patience, Stop);
        }
        finally
        {
            slow.ForEach(client => client.Dispose());
        }
    }

    private static async Task WaitForLengthAsync(RegistryFixture registry, string location, long length)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(Patience);
        while (true)
        {
            using HttpResponseMessage status = await registry.GetAsync(location);
            if (status.Headers.GetValues("Range").Single() == $"0-{length - 1}")
                return;
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static async Task<string> ExchangeAsync(RegistryFixture registry, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(registry.Client.BaseAddress!.Host, registry.Client.BaseAddress.Port, Stop);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), Stop);
        return await ReadAllAsync(client.GetStream()).WaitAsync(Patience, Stop);
    }

    private static async Task<string> ReadStatusAsync(NetworkStream stream)
    {
        byte[] buffer = new byte[1024];
        return Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer, Stop));
    }

    private static async Task<string> ReadAllAsync(NetworkStream stream)
    {
        using var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer, Stop);
        }
        catch (IOException)
        {
            // Reset: cut off as well.
        }

        return Encoding.ASCII.GetString(answer.ToArray());
    }
}

using System.Net;
using ContainerKit.TestSupport.Registry;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace ContainerKit.Oci.Tests.Registry;

public sealed class FaultTests : RegistryTest
{
    [Fact]
    public async Task A_download_resumes_after_dropped_connections()
    {
        (Descriptor blob, byte[] content) = AddBlob(2_000_000);
        FaultProxy proxy = OwnServer(new FaultProxy(Server.Port, number => number < 6 ? new ConnectionFault(CutAfter: 300_000) : null));

        Assert.Equal(content, await ReadAsync(Open(), blob, Reference(registry: proxy.Name)));

        Assert.Equal(7, Server.Requests.Count);
        Assert.All(Server.Requests.Skip(1), request => Assert.NotNull(request.Range));
    }

    [Fact]
    public async Task A_download_resumes_where_ranges_are_ignored()
    {
        Server.IgnoresRange = true;
        (Descriptor blob, byte[] content) = AddBlob(2_000_000);
        FaultProxy proxy = OwnServer(new FaultProxy(Server.Port, number => number < 2 ? new ConnectionFault(CutAfter: 300_000) : null));

        Assert.Equal(content, await ReadAsync(Open(), blob, Reference(registry: proxy.Name)));
    }

    [Fact]
    public async Task A_beginning_is_gone_on_with_where_ranges_are_ignored_and_connections_break()
    {
        Server.IgnoresRange = true;
        (Descriptor blob, byte[] content) = AddBlob(2_000_000);
        FaultProxy proxy = OwnServer(new FaultProxy(Server.Port, number => number < 2 ? new ConnectionFault(CutAfter: 300_000) : null));

        Assert.Equal(content, await ReadAsync(Open(), blob, Reference(registry: proxy.Name), new MemoryStream(content, 0, 1_000_000)));
    }

    [Fact]
    public async Task A_range_other_than_the_one_asked_for_is_refused()
    {
        (Descriptor blob, byte[] content) = AddBlob(2_000_000);
        Server.Fault = async context =>
        {
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = "bytes 5-1999999/2000000";
            await context.Response.Body.WriteAsync(content.AsMemory(5));
            return true;
        };

        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => ReadAsync(Open(), blob, head: new MemoryStream(content, 0, 10)));
        Assert.Contains("another range", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_gives_next_to_nothing_each_time_comes_to_an_end()
    {
        (Descriptor blob, _) = AddBlob(2_000_000);
        FaultProxy proxy = OwnServer(new FaultProxy(Server.Port, _ => new ConnectionFault(CutAfter: 1000)));

        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => ReadAsync(Open(), blob, Reference(registry: proxy.Name)));

        Assert.True(e.IsTransient);
        Assert.Contains("broke off after", e.Message, StringComparison.Ordinal);
        Assert.InRange(proxy.Connections, 6, 40);
    }

    [Fact]
    public async Task A_corrupted_byte_is_found_out()
    {
        (Descriptor blob, _) = AddBlob(500_000);
        FaultProxy proxy = OwnServer(new FaultProxy(Server.Port, _ => new ConnectionFault(CorruptAt: 400_000)));

        await Assert.ThrowsAsync<DigestMismatchException>(() => ReadAsync(Open(), blob, Reference(registry: proxy.Name)));
    }

    [Fact]
    public async Task A_transfer_that_stands_still_is_gone_on_with()
    {
        (Descriptor blob, byte[] content) = AddBlob(1_000_000);
        FaultProxy proxy = OwnServer(new FaultProxy(Server.Port, number => number == 0 ? new ConnectionFault(StallAfter: 300_000) : null));
        RegistryClient client = Open(Fast with { StallTimeout = TimeSpan.FromSeconds(1) });

        Assert.Equal(content, await ReadAsync(client, blob, Reference(registry: proxy.Name)));
        Assert.NotNull(Server.Requests.Last().Range);
    }

    [Fact]
    public async Task An_answer_that_does_not_come_is_asked_for_again()
    {
        int stalled = 0;
        Server.AddManifest("team/app", "1", MediaTypes.OciManifest, Manifest());
        Server.Fault = async context =>
        {
            if (Interlocked.Increment(ref stalled) == 1)
            {
                await Task.Delay(Timeout.Infinite, CancellationTokenSource.CreateLinkedTokenSource(Server.Ending, context.RequestAborted).Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            return false;
        };

        await Open(Fast with { ResponseTimeout = TimeSpan.FromSeconds(1) }).Manifests.GetAsync(Reference(suffix: ":1"), Token);

        // On a busy machine another answer may come too late as well.
        Assert.InRange(Server.Requests.Count, 2, 6);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(429)]
    [InlineData(408)]
    public async Task Requests_are_repeated_after_passing_errors(int status)
    {
        (Descriptor blob, byte[] content) = AddBlob();
        Server.FailFirst(3, "GET", "/blobs/", context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });

        Assert.Equal(content, await ReadAsync(Open(), blob));
        Assert.Equal(4, Server.Requests.Count);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(501)]
    public async Task Requests_are_not_repeated_after_lasting_errors(int status)
    {
        (Descriptor blob, _) = AddBlob();
        Server.FailFirst(1, "GET", "/blobs/", context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });

        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => ReadAsync(Open(), blob));

        Assert.Equal((status, false), ((int)e.StatusCode!, e.IsTransient));
        Assert.Single(Server.Requests);
    }

    [Fact]
    public async Task The_pause_that_a_registry_asks_for_is_kept()
    {
        (Descriptor blob, byte[] content) = AddBlob();
        Server.FailFirst(1, "GET", "/blobs/", TooMany("1"));
        var time = new ManualTime();

        Assert.Equal(content, await ReadAsync(Open(Fast with { TimeProvider = time }), blob));
        Assert.Contains(TimeSpan.FromSeconds(1), time.Timers);
    }

    [Fact]
    public async Task A_pause_that_is_too_long_is_an_error_that_says_how_long()
    {
        (Descriptor blob, _) = AddBlob();
        Server.FailFirst(1, "GET", "/blobs/", TooMany("3600"));

        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => ReadAsync(Open(), blob));

        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromHours(1), true), (e.StatusCode, e.RetryAfter, e.IsTransient));
        Assert.Single(Server.Requests);
    }

    [Fact]
    public async Task Repetitions_come_to_an_end()
    {
        (Descriptor blob, _) = AddBlob();
        Server.FailFirst(int.MaxValue, "GET", "/blobs/", TooMany("0"));

        await Assert.ThrowsAsync<RegistryException>(() => ReadAsync(Open(Fast with { MaxRetries = 2 }), blob));

        Assert.Equal(3, Server.Requests.Count);
    }

    [Fact]
    public async Task Connections_that_break_before_the_answer_are_made_again()
    {
        (Descriptor blob, byte[] content) = AddBlob();
        FaultProxy proxy = OwnServer(new FaultProxy(Server.Port, number => number < 3 ? new ConnectionFault(CutAfter: 0) : null));

        Assert.Equal(content, await ReadAsync(Open(), blob, Reference(registry: proxy.Name)));
        Assert.Equal(4, proxy.Connections);
    }

    [Fact]
    public async Task A_closed_port_is_an_error_at_once()
    {
        RegistryClient client = Open(Fast with { RetryDelay = TimeSpan.FromMinutes(10) });

        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => client.PingAsync("127.0.0.1:9", Token));

        Assert.Null(e.StatusCode);
        Assert.Contains("Connection refused", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PlainHttpPolicy.Require)]
    [InlineData(PlainHttpPolicy.Loopback)]
    public async Task A_server_that_resets_connections_at_once_is_an_error_that_may_pass(PlainHttpPolicy policy)
    {
        ResettingServer resetting = OwnServer(new ResettingServer());
        RegistryClientOptions options = Fast with { MaxRetries = 1, Defaults = new RegistryHostOptions { PlainHttp = policy } };

        // Whether a client sees the reset while it connects, asks for the peer, sends or reads is a matter of the moment.
        for (int i = 0; i < 50; i++)
        {
            using var client = new RegistryClient(options);
            RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => client.PingAsync(resetting.Name, Token));
            Assert.Null(e.StatusCode);
            Assert.Contains(resetting.Name, e.Message, StringComparison.Ordinal);
        }

        Assert.InRange(resetting.Connections, 50, int.MaxValue);
    }

    [Fact]
    public async Task An_upload_survives_a_dropped_connection()
    {
        byte[] content = Content(2_000_000);
        FaultProxy proxy = OwnServer(new FaultProxy(Server.Port, number => number < 1 ? new ConnectionFault(CutRequestAfter: 700_000) : null));

        await Open().Blobs.UploadAsync(Reference(registry: proxy.Name), MediaTypes.OciLayer, content, Token);

        Assert.Equal(content, Assert.Single(Server.Blobs).Value);
    }

    [Fact]
    public async Task Reading_can_be_cancelled()
    {
        (Descriptor blob, _) = AddBlob(1_000_000);
        FaultProxy proxy = OwnServer(new FaultProxy(Server.Port, _ => new ConnectionFault(StallAfter: 300_000)));
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using Stream stream = await Open().Blobs.OpenReadAsync(Reference(registry: proxy.Name), blob, cancellationToken: cancel.Token);
        byte[] buffer = new byte[64 * 1024];
        long total = 0;
        while (total < 250_000)
        {
            total += await stream.ReadAsync(buffer, cancel.Token);
        }

        Task reading = stream.CopyToAsync(Stream.Null, cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    private static Func<HttpContext, Task> TooMany(string retryAfter) => context =>
    {
        context.Response.Headers.RetryAfter = retryAfter;
        context.Response.StatusCode = 429;
        return Task.CompletedTask;
    };
}

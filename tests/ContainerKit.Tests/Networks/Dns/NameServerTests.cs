using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ContainerKit.Networks.Dns;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ContainerKit.Tests.Networks.Dns;

public sealed class NameServerTests : IDisposable
{
    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly FixedNames _names = new FixedNames().With("db", "172.20.0.2");
    private readonly string _resolvers = Path.GetTempFileName();

    public NameServerTests()
    {
        _limit.CancelAfter(TimeSpan.FromMinutes(2));
        File.WriteAllText(_resolvers, "options timeout:30 attempts:1\n");
    }

    public void Dispose()
    {
        _limit.Dispose();
        File.Delete(_resolvers);
    }

    [Fact]
    public async Task Own_names_are_answered_without_asking_others()
    {
        await using FakeUpstream upstream = FakeUpstream.Start("1.2.3.4");
        await using NameServer server = Start(out IPEndPoint address, upstream.EndPoint);
        Assert.Equal(["172.20.0.2"], (await AskAsync(address, "db")).Addresses);
        Assert.Equal(["172.20.0.2"], (await AskByStreamAsync(address, "db")).Addresses);
        Assert.Equal(0, upstream.Questions);
    }

    [Fact]
    public async Task Other_names_are_passed_on()
    {
        await using FakeUpstream upstream = FakeUpstream.Start("1.2.3.4");
        await using NameServer server = Start(out IPEndPoint address, upstream.EndPoint);
        TestMessage answer = await AskAsync(address, "Example.COM");
        Assert.Equal(["1.2.3.4"], answer.Addresses);
        Assert.Equal((7, "Example.COM"), (answer.Id, answer.Name));
        Assert.Equal(["1.2.3.4"], (await AskByStreamAsync(address, "example.com")).Addresses);
        Assert.Equal(2, upstream.Questions);
    }

    [Fact]
    public async Task Nothing_leaves_where_there_is_no_way_out()
    {
        await using FakeUpstream upstream = FakeUpstream.Start("1.2.3.4");
        await using NameServer server = Start(out IPEndPoint address, new FixedNames { CanForward = false }, upstream.EndPoint);
        Assert.Equal(2, (await AskAsync(address, "example.com")).Code);
        Assert.Equal(2, (await AskByStreamAsync(address, "example.com")).Code);
        Assert.Equal(0, upstream.Questions);
    }

    [Fact]
    public async Task Forged_answers_are_passed_over()
    {
        await using FakeUpstream upstream = FakeUpstream.Start((query, _) =>
        [
            [],
            query,
            [.. FakeUpstream.Answer([(byte)(query[0] ^ 1), .. query[1..]], "6.6.6.1")],
            FakeUpstream.Answer([.. query[..12], .. TestMessage.Query("evil.com", DnsRecordType.A)[12..]], "6.6.6.2"),
            FakeUpstream.Answer([.. query[..^4], 0, 28, 0, 1], "6.6.6.3"),
            FakeUpstream.Answer([.. query[..12], 0xC0, 12, 0, 1, 0, 1], "6.6.6.4"),
            FakeUpstream.Answer(query, "1.2.3.4"),
        ]);
        await using NameServer server = Start(out IPEndPoint address, upstream.EndPoint);
        Assert.Equal(["1.2.3.4"], (await AskAsync(address, "example.com")).Addresses);
    }

    [Fact]
    public async Task The_number_and_the_port_of_questions_are_not_those_of_the_client()
    {
        List<int> numbers = [];
        await using FakeUpstream upstream = FakeUpstream.Start((query, _) =>
        {
            numbers.Add((query[0] << 8) | query[1]);
            return [FakeUpstream.Answer(query, "1.2.3.4")];
        });
        await using NameServer server = Start(out IPEndPoint address, upstream.EndPoint);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(7, (await AskAsync(address, "example.com")).Id);
        }

        Assert.InRange(numbers.Distinct().Count(), 15, 20);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_server_that_refuses_is_followed_by_the_next(int code)
    {
        await using FakeUpstream first = FakeUpstream.Start((query, _) => [FakeUpstream.Fail(query, code)]);
        await using FakeUpstream second = FakeUpstream.Start("1.2.3.4");
        await using NameServer server = Start(out IPEndPoint address, first.EndPoint, second.EndPoint);
        Assert.Equal(["1.2.3.4"], (await AskAsync(address, "example.com")).Addresses);
        Assert.Equal(["1.2.3.4"], (await AskByStreamAsync(address, "example.com")).Addresses);
    }

    [Fact]
    public async Task That_a_name_does_not_exist_is_an_answer()
    {
        await using FakeUpstream first = FakeUpstream.Start((query, _) => [FakeUpstream.Fail(query, 3)]);
        await using FakeUpstream second = FakeUpstream.Start("1.2.3.4");
        await using NameServer server = Start(out IPEndPoint address, first.EndPoint, second.EndPoint);
        Assert.Equal(3, (await AskAsync(address, "example.com")).Code);
        Assert.Equal(0, second.Questions);
    }

    [Fact]
    public async Task A_server_that_is_silent_or_gone_is_followed_by_the_next()
    {
        File.WriteAllText(_resolvers, "options timeout:1 attempts:1\n");
        IPEndPoint gone;
        await using (FakeUpstream ended = FakeUpstream.Start("6.6.6.6"))
        {
            gone = ended.EndPoint;
        }

        await using FakeUpstream silent = FakeUpstream.Start((_, _) => []);
        await using FakeUpstream second = FakeUpstream.Start("1.2.3.4");
        await using NameServer server = Start(out IPEndPoint address, gone, silent.EndPoint, second.EndPoint);
        Assert.Equal(["1.2.3.4"], (await AskAsync(address, "example.com")).Addresses);
    }

    [Fact]
    public async Task Without_any_answer_the_failure_is_said()
    {
        await using FakeUpstream refusing = FakeUpstream.Start((query, _) => [FakeUpstream.Fail(query, 5)]);
        await using NameServer server = Start(out IPEndPoint address, refusing.EndPoint);
        Assert.Equal(5, (await AskAsync(address, "example.com")).Code);
        await using NameServer alone = Start(out address, _names);
        Assert.Equal(2, (await AskAsync(address, "example.com")).Code);
        Assert.Equal(2, (await AskByStreamAsync(address, "example.com")).Code);
    }

    [Fact]
    public async Task A_truncated_answer_is_asked_for_again_by_TCP()
    {
        await using FakeUpstream upstream = FakeUpstream.Start((query, isDatagram) =>
        {
            byte[] answer = FakeUpstream.Answer(query, "1.2.3.4");
            answer[2] |= (byte)(isDatagram ? 2 : 0);
            return [answer];
        });
        await using NameServer server = Start(out IPEndPoint address, upstream.EndPoint);
        Assert.True((await AskAsync(address, "example.com")).IsTruncated);
        Assert.False((await AskByStreamAsync(address, "example.com")).IsTruncated);
    }

    [Fact]
    public async Task A_longer_answer_than_the_client_takes_is_truncated()
    {
        await using FakeUpstream upstream = FakeUpstream.Start((query, _) => [[.. FakeUpstream.Answer(query, "1.2.3.4"), .. new byte[2000]]]);
        await using NameServer server = Start(out IPEndPoint address, upstream.EndPoint);
        TestMessage answer = await AskAsync(address, "example.com");
        Assert.True(answer.IsTruncated);
        Assert.Empty(answer.Answers);
    }

    [Fact]
    public async Task Many_questions_at_once_are_all_answered()
    {
        await using FakeUpstream upstream = FakeUpstream.Start("1.2.3.4");
        await using NameServer server = Start(out IPEndPoint address, upstream.EndPoint);
        TestMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => AskAsync(address, i % 2 == 0 ? "db" : "example.com")));
        Assert.All(answers, a => Assert.Single(a.Addresses));
    }

    [Fact]
    public async Task Garbage_and_silence_do_not_stop_it()
    {
        await using NameServer server = Start(out IPEndPoint address, _names);
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        Random random = new(1);
        for (int i = 0; i < 500; i++)
        {
            byte[] garbage = new byte[random.Next(60)];
            random.NextBytes(garbage);
            await client.SendToAsync(garbage, address, _limit.Token);
        }

        await client.SendToAsync(new byte[60000], address, _limit.Token);
        using Socket silent = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await silent.ConnectAsync(address, _limit.Token);
        await silent.SendAsync(new byte[] { 0xFF, 0xFF, 1, 2, 3 }, _limit.Token);
        Assert.Equal(["172.20.0.2"], (await AskAsync(address, "db")).Addresses);
        Assert.Equal(["172.20.0.2"], (await AskByStreamAsync(address, "db")).Addresses);
    }

    [Fact]
    public async Task Its_end_does_not_wait_for_silent_servers_and_clients()
    {
        await using FakeUpstream silent = FakeUpstream.Start((_, _) => []);
        NameServer server = Start(out IPEndPoint address, silent.EndPoint);
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await client.SendToAsync(TestMessage.Query("example.com", DnsRecordType.A), address, _limit.Token);
        using Socket idle = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await idle.ConnectAsync(address, _limit.Token);
        await server.DisposeAsync().AsTask().WaitAsync(_limit.Token);
        await server.DisposeAsync();
        SocketException refused = await Assert.ThrowsAsync<SocketException>(() => AskByStreamAsync(address, "db"));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    private NameServer Start(out IPEndPoint address, params IPEndPoint[] upstream) => Start(out address, _names, upstream);

    private NameServer Start(out IPEndPoint address, FixedNames names, params IPEndPoint[] upstream)
    {
        Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Socket datagrams = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        NameServerSockets sockets = NameServerSockets.Bind(datagrams, listener, new IPEndPoint(IPAddress.Loopback, 0));
        address = (IPEndPoint)listener.LocalEndPoint!;
        UpstreamResolvers resolvers = new(new HostResolvers(TimeProvider.System, _resolvers), upstream);
        return NameServer.Start(sockets, names, resolvers, TimeProvider.System, NullLogger.Instance);
    }

    /// <summary>As a client does, it asks again: a datagram may be lost on a machine that is busy.</summary>
    private async Task<TestMessage> AskAsync(IPEndPoint server, string name)
    {
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await client.ConnectAsync(server, _limit.Token);
        byte[] buffer = new byte[65535];
        while (true)
        {
            await client.SendAsync(TestMessage.Query(name, DnsRecordType.A), _limit.Token);
            using CancellationTokenSource again = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token);
            again.CancelAfter(TimeSpan.FromSeconds(20));
            try
            {
                return TestMessage.Read(buffer.AsSpan(0, await client.ReceiveAsync(buffer, again.Token)));
            }
            catch (OperationCanceledException) when (!_limit.IsCancellationRequested)
            {
            }
        }
    }

    private async Task<TestMessage> AskByStreamAsync(IPEndPoint server, string name)
    {
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(server, _limit.Token);
        using NetworkStream stream = new(client);
        byte[] query = TestMessage.Query(name, DnsRecordType.A);
        await stream.WriteAsync((byte[])[0, (byte)query.Length, .. query], _limit.Token);
        byte[] length = new byte[2];
        await stream.ReadExactlyAsync(length, _limit.Token);
        byte[] answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(answer, _limit.Token);
        return TestMessage.Read(answer);
    }
}

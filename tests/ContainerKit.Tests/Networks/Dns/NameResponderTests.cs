using ContainerKit.Networks.Dns;
using Xunit;

namespace ContainerKit.Tests.Networks.Dns;

public sealed class NameResponderTests
{
    private readonly FixedNames _names = new FixedNames().With("db", "172.20.0.2", "fd00::2").With("web", "172.20.0.3").With("six", "fd00::9");

    [Theory]
    [InlineData("db")]
    [InlineData("db.")]
    [InlineData("DB")]
    [InlineData("dB")]
    public void A_name_is_known_in_any_case_and_with_a_dot_at_its_end(string name)
        => Assert.Equal(["172.20.0.2"], Ask(name, DnsRecordType.A).Addresses);

    [Fact]
    public void The_question_comes_back_as_it_was_written() => Assert.Equal("dB", Ask("dB", DnsRecordType.A).Name);

    [Fact]
    public void Each_family_is_answered_for_itself()
    {
        Assert.Equal(["fd00::2"], Ask("db", DnsRecordType.Aaaa).Addresses);
        Assert.Equal((0, 0), Outline(Ask("web", DnsRecordType.Aaaa)));
        Assert.Equal((0, 0), Outline(Ask("six", DnsRecordType.A)));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(33)]
    public void Other_types_of_own_names_do_not_leave(int type) => Assert.Equal((0, 0), Outline(Ask("db", (DnsRecordType)type)));

    [Fact]
    public void Who_asks_for_everything_gets_one_short_record()
        => Assert.Equal((int)DnsRecordType.HInfo, Assert.Single(Ask("db", DnsRecordType.Any).Answers).Type);

    [Theory]
    [InlineData("2.0.20.172.in-addr.arpa", "db.app")]
    [InlineData("3.0.20.172.IN-ADDR.ARPA", "web.app")]
    [InlineData("2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa", "db.app")]
    public void Addresses_have_names(string question, string name)
    {
        (int type, byte[] data) = Assert.Single(Ask(question, DnsRecordType.Ptr).Answers);
        int at = 0;
        Assert.Equal((12, name), (type, TestMessage.ReadName(data, ref at)));
    }

    [Theory]
    [InlineData("example.com", 1)]
    [InlineData("db.example.com", 1)]
    [InlineData("9.0.20.172.in-addr.arpa", 12)]
    [InlineData("0.20.172.in-addr.arpa", 12)]
    [InlineData("2.2.0.20.172.in-addr.arpa", 12)]
    [InlineData("x.0.20.172.in-addr.arpa", 12)]
    [InlineData("", 1)]
    public void Foreign_names_are_for_others(string name, int number)
    {
        DnsRecordType type = (DnsRecordType)number;
        Assert.Equal(NameResponder.Outcome.Forward, Respond(_names, TestMessage.Query(name, type), out _));
        FixedNames inside = new() { CanForward = false };
        Assert.Equal(NameResponder.Outcome.Answer, Respond(inside, TestMessage.Query(name, type), out TestMessage? answer));
        Assert.Equal((2, 0), Outline(answer!));
    }

    [Fact]
    public void Several_addresses_are_first_in_turn()
    {
        FixedNames names = new FixedNames().With("web", "10.0.0.1", "10.0.0.2", "10.0.0.3");
        NameResponder responder = new(names);
        byte[] buffer = new byte[512];
        List<string> first = [];
        for (int i = 0; i < 6; i++)
        {
            responder.Respond(TestMessage.Query("web", DnsRecordType.A), buffer, true, out _, out int length);
            string[] addresses = [.. TestMessage.Read(buffer.AsSpan(0, length)).Addresses];
            Assert.Equal(["10.0.0.1", "10.0.0.2", "10.0.0.3"], addresses.Order());
            first.Add(addresses[0]);
        }

        Assert.All(first.GroupBy(a => a), turns => Assert.Equal(2, turns.Count()));
    }

    [Fact]
    public void An_answer_is_as_long_as_the_sender_allows()
    {
        FixedNames names = new FixedNames().With("many", [.. Enumerable.Range(1, 100).Select(i => $"10.0.0.{i}")]);
        Respond(names, TestMessage.Query("many", DnsRecordType.A), out TestMessage? small);
        Assert.True(small!.IsTruncated);
        Assert.InRange(small.Answers.Count, 25, 31);

        Respond(names, TestMessage.Query("many", DnsRecordType.A, extension: 4096), out TestMessage? large);
        Assert.False(large!.IsTruncated);
        Assert.Equal(100, large.Answers.Count);

        Respond(names, TestMessage.Query("many", DnsRecordType.A), out TestMessage? stream, isDatagram: false);
        Assert.Equal((false, 100), (stream!.IsTruncated, stream.Answers.Count));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Other_operations_are_not_implemented(int opcode)
    {
        Respond(_names, TestMessage.Query("db", DnsRecordType.A, opcode: opcode), out TestMessage? answer);
        Assert.Equal(4, answer!.Code);
    }

    [Fact]
    public void A_later_version_of_the_extension_is_refused()
    {
        byte[] query = TestMessage.Query("db", DnsRecordType.A, extension: 1232);
        query[^5] = 1;
        Respond(_names, query, out TestMessage? answer);
        Assert.Equal((0, 0), Outline(answer!)); // the upper bits of BADVERS are in the extension
    }

    [Fact]
    public void Answers_are_not_answered()
    {
        byte[] query = TestMessage.Query("db", DnsRecordType.A);
        query[2] |= 0x80;
        Assert.Equal(NameResponder.Outcome.Ignore, Respond(_names, query, out _));
        Assert.Equal(NameResponder.Outcome.Ignore, Respond(_names, query[..11], out _));
    }

    [Theory]
    [InlineData(new byte[] { 0xC0, 12 })] // to itself
    [InlineData(new byte[] { 1, (byte)'a', 0xC0, 12 })] // round and round
    [InlineData(new byte[] { 0xC0, 0 })] // into the header
    [InlineData(new byte[] { 0xFF, 0xFF })] // to nowhere
    [InlineData(new byte[] { 0x40, 1, 2 })] // a label of no known kind
    [InlineData(new byte[] { 63, 1, 2 })] // longer than the message
    [InlineData(new byte[] { 5 })]
    public void Names_that_are_none_are_an_error_of_format(byte[] name)
    {
        byte[] query = [.. TestMessage.Query("", DnsRecordType.A)[..12], .. name, 0, 1, 0, 1];
        Respond(_names, query, out TestMessage? answer);
        Assert.Equal((1, 0), Outline(answer!));
    }

    [Fact]
    public void A_name_is_at_most_255_bytes_long()
    {
        string longest = string.Join('.', Enumerable.Repeat(new string('a', 62), 4));
        Assert.Equal(NameResponder.Outcome.Forward, Respond(_names, TestMessage.Query(longest, DnsRecordType.A), out _));
        Respond(_names, TestMessage.Query(longest + ".abcd", DnsRecordType.A), out TestMessage? answer);
        Assert.Equal(1, answer!.Code);
    }

    [Fact]
    public void A_dot_inside_of_a_label_separates_nothing()
    {
        FixedNames names = new FixedNames().With("a.b", "10.0.0.1");
        byte[] query = [.. TestMessage.Query("", DnsRecordType.A)[..12], 3, (byte)'a', (byte)'.', (byte)'b', 0, 0, 1, 0, 1];
        Assert.Equal(NameResponder.Outcome.Forward, Respond(names, query, out _));
        Assert.Equal(NameResponder.Outcome.Answer, Respond(names, TestMessage.Query("a.b", DnsRecordType.A), out _));
    }

    [Fact]
    public void Whatever_comes_is_answered_or_passed_on_in_bounds()
    {
        Random random = new(20261122);
        byte[] valid = TestMessage.Query("db.some.where", DnsRecordType.A, extension: 1232);
        byte[] buffer = new byte[512];
        NameResponder responder = new(_names);
        for (int i = 0; i < 200_000; i++)
        {
            byte[] message = (i % 3) switch
            {
                0 => [.. valid],
                1 => valid[..random.Next(valid.Length)],
                _ => new byte[random.Next(64)],
            };
            if (i % 3 == 2)
            {
                random.NextBytes(message);
            }

            for (int change = random.Next(4); change > 0 && message.Length > 0; change--)
            {
                message[random.Next(message.Length)] = (byte)random.Next(256);
            }

            NameResponder.Outcome outcome = responder.Respond(message, buffer, isDatagram: true, out DnsRequest request, out int length);
            Assert.InRange(length, outcome == NameResponder.Outcome.Answer ? 12 : 0, 512);
            Assert.InRange(request.QuestionEnd, 0, message.Length);
        }
    }

    private static (int Code, int Answers) Outline(TestMessage message) => (message.Code, message.Answers.Count);

    private static NameResponder.Outcome Respond(FixedNames names, byte[] query, out TestMessage? answer, bool isDatagram = true)
    {
        byte[] buffer = new byte[8192];
        NameResponder.Outcome outcome = new NameResponder(names).Respond(query, buffer, isDatagram, out _, out int length);
        answer = outcome == NameResponder.Outcome.Answer ? TestMessage.Read(buffer.AsSpan(0, length)) : null;
        return outcome;
    }

    private TestMessage Ask(string name, DnsRecordType type)
    {
        Assert.Equal(NameResponder.Outcome.Answer, Respond(_names, TestMessage.Query(name, type), out TestMessage? answer));
        Assert.Equal(7, answer!.Id);
        Assert.Equal(0x8180, answer.Flags & 0xFFF0 & ~0x200);
        return answer;
    }
}

using System.Buffers;
using System.Text;
using System.Text.Json;
using ContainerKit.Containers;
using ContainerKit.Containers.Logging;
using ContainerKit.Containers.Streams;
using Xunit;

namespace ContainerKit.Tests.Containers;

public class LogTests : EngineTest
{
    private async Task<List<LogLine>> LogAsync(params byte[][] writes)
    {
        Runtime.Script = async process =>
        {
            foreach (byte[] data in writes)
                await process.WriteAsync(data);
            process.Exit(0);
        };
        await using Container container = await Containers.StartAsync(Spec, Token);
        await container.WaitAsync(Token);
        return await container.ReadLogsAsync(cancellationToken: Token).ToListAsync(Token);
    }

    private static string Join(IEnumerable<LogLine> lines) => string.Concat(lines.Select(line => line.IsPartial ? line.Text : line.Text + "\n"));

    [Fact]
    public async Task Every_byte_comes_back_or_becomes_a_replacement_character()
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        string expected = Encoding.UTF8.GetString(all);
        Assert.Equal(expected, Join(await LogAsync(all)));
        Assert.Equal(expected, Join(await LogAsync([.. all.Select(value => new[] { value })])));
    }

    [Fact]
    public async Task Text_in_any_script_comes_back()
    {
        const string Text = "grüße 中文 🐳 <&> \"\\\" \u2028 \u007f \ufffd\n";
        Assert.Equal(Text, Join(await LogAsync(Encoding.UTF8.GetBytes(Text))));
    }

    [Fact]
    public async Task Lines_are_cut_at_16_KiB_between_characters_and_only_the_last_piece_ends_with_a_line_feed()
    {
        string text = "x" + string.Concat(Enumerable.Repeat("ü", 20000));
        List<LogLine> lines = await LogAsync(Encoding.UTF8.GetBytes(text + "\nnext\nend"));
        Assert.Equal([true, true, false, false, true], lines.Select(line => line.IsPartial));
        Assert.Equal(text + "\nnext\nend", Join(lines));
        Assert.All(lines.Take(2), line => Assert.True(Encoding.UTF8.GetByteCount(line.Text) is > 16380 and <= 16384));
        Assert.Equal(lines[0].Timestamp, lines[2].Timestamp);
    }

    [Fact]
    public async Task Pieces_do_not_depend_on_how_the_output_arrives()
    {
        byte[] data = [.. Enumerable.Repeat((byte)'a', 16384), (byte)'\n', .. Enumerable.Repeat((byte)'b', 16385), (byte)'\n'];
        List<LogLine> whole = await LogAsync(data);
        List<LogLine> chunks = await LogAsync([.. data.Chunk(1000)]);
        Assert.Equal([16384, 16384, 1], whole.Select(line => line.Text.Length));
        Assert.Equal(whole.Select(line => line.Text), chunks.Select(line => line.Text));
    }

    [Fact]
    public async Task The_file_is_what_docker_writes()
    {
        Runtime.Script = async process =>
        {
            await process.WriteAsync("a\t<b>\"\\\r\n");
            process.CloseOutput();
            process.ExitKeepingOutput(new ExitStatus(0));
        };
        await using Container container = await Containers.StartAsync(Spec, Token);
        await container.WaitAsync(Token);
        string path = (await container.InspectAsync(Token)).LogPath;
        Assert.EndsWith($"/{container.Id}/{container.Id}-json.log", path, StringComparison.Ordinal);
        string content = await File.ReadAllTextAsync(path, Token);
        Assert.StartsWith("""{"log":"a\u0009\u003cb\u003e\"\\\r\n","stream":"stdout","time":"2""", content, StringComparison.Ordinal);
        Assert.EndsWith("Z\"}\n", content, StringComparison.Ordinal);
        Assert.Equal("a\t<b>\"\\\r\n", JsonDocument.Parse(content).RootElement.GetProperty("log").GetString());
    }

    [Fact]
    public async Task Streams_are_told_apart()
    {
        Runtime.Script = async process =>
        {
            await process.WriteAsync("out\n");
            await process.WriteErrorAsync("err\n");
            process.Exit(0);
        };
        await using Container container = await Containers.StartAsync(Spec, Token);
        await container.WaitAsync(Token);
        List<LogLine> lines = await container.ReadLogsAsync(cancellationToken: Token).ToListAsync(Token);
        Assert.Equal("out", lines.Single(line => line.Stream == LogStream.StandardOutput).Text);
        Assert.Equal("err", lines.Single(line => line.Stream == LogStream.StandardError).Text);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(7, 7)]
    [InlineData(5000, 3000)]
    public async Task Tail_gives_the_last_lines(int tail, int expected)
    {
        Runtime.Script = async process =>
        {
            for (int i = 0; i < 3000; i++)
                await process.WriteAsync($"line {i}\n");
            process.Exit(0);
        };
        await using Container container = await Containers.StartAsync(Spec, Token);
        await container.WaitAsync(Token);
        List<LogLine> lines = await container.ReadLogsAsync(tail: tail, cancellationToken: Token).ToListAsync(Token);
        Assert.Equal(expected, lines.Count);
        Assert.All(lines, (line, index) => Assert.Equal($"line {3000 - expected + index}", line.Text));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Follow_goes_on_until_the_container_ends(bool fromAnotherEngine)
    {
        var read = new SemaphoreSlim(0);
        Runtime.Script = async process =>
        {
            for (int i = 0; i < 3; i++)
            {
                await process.WriteAsync($"line {i}\n");
                await read.WaitAsync(Token);
            }

            await process.WriteAsync("end");
            process.Exit(0);
        };
        Container container = await Containers.CreateAsync(Spec.WithName("box"), Token);
        await container.StartAsync(Token);
        Container reader = fromAnotherEngine ? await (await OpenAsync(new FakeRuntime())).Containers.GetAsync("box", Token) : container;
        List<string> lines = [];
        await foreach (LogLine line in reader.ReadLogsAsync(follow: true, cancellationToken: Token))
        {
            lines.Add(line.Text);
            read.Release();
        }

        Assert.Equal(["line 0", "line 1", "line 2", "end"], lines);
    }

    [Fact]
    public async Task Who_follows_before_the_first_output_gets_all_of_it_though_the_container_is_removed_at_its_end()
    {
        var opened = new SemaphoreSlim(0);
        Runtime.Script = async process =>
        {
            await opened.WaitAsync(Token);
            await process.WriteAsync("hi\n");
            process.Exit(0);
        };
        await using Container container = await Containers.StartAsync(Spec, Token);
        IAsyncEnumerator<LogLine> lines = container.ReadLogsAsync(follow: true, cancellationToken: Token).GetAsyncEnumerator(Token);
        ValueTask<bool> first = lines.MoveNextAsync();
        opened.Release();
        await container.WaitAsync(Token);
        await container.RemoveAsync(cancellationToken: Token);

        Assert.True(await first);
        Assert.Equal("hi", lines.Current.Text);
        Assert.False(await lines.MoveNextAsync());
        await lines.DisposeAsync();
    }

    [Fact]
    public async Task Following_can_be_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        await using Container container = await Containers.StartAsync(Spec, Token);
        IAsyncEnumerator<LogLine> lines = container.ReadLogsAsync(follow: true, cancellationToken: cancel.Token).GetAsyncEnumerator(Token);
        ValueTask<bool> next = lines.MoveNextAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
        await lines.DisposeAsync();
    }

    [Fact]
    public async Task Since_and_until_choose_by_time()
    {
        List<LogLine> lines = await LogAsync("a\nb\n"u8.ToArray());
        DateTimeOffset time = lines[0].Timestamp;
        Container container = await Containers.CreateAsync(Spec, Token);
        await container.StartAsync(Token);
        await container.WaitAsync(Token);
        Assert.Empty(await container.ReadLogsAsync(until: time, cancellationToken: Token).ToListAsync(Token));
        Assert.Equal(2, await container.ReadLogsAsync(since: time, cancellationToken: Token).CountAsync(Token));
        Assert.Empty(await container.ReadLogsAsync(since: DateTimeOffset.MaxValue, cancellationToken: Token).ToListAsync(Token));
    }

    [Fact]
    public async Task A_second_run_appends_even_after_a_line_that_a_crash_cut_off()
    {
        Container container = await Containers.CreateAsync(Spec, Token);
        Assert.Empty(await container.ReadLogsAsync(cancellationToken: Token).ToListAsync(Token));
        Runtime.Script = async process =>
        {
            await process.WriteAsync("run\n");
            process.Exit(0);
        };
        await container.StartAsync(Token);
        await container.WaitAsync(Token);
        await File.AppendAllTextAsync((await container.InspectAsync(Token)).LogPath, "{\"log\":\"cut", Token);
        await container.StartAsync(Token);
        await container.WaitAsync(Token);
        Assert.Equal(["run", "run"], await container.ReadLogsAsync(cancellationToken: Token).Select(line => line.Text).ToListAsync(Token));
    }

    [Theory]
    [InlineData("""{"log":"x\n","stream":"stderr","time":"2020-01-02T03:04:05.123456789Z","attrs":{"a":"b"}}""", true)]
    [InlineData("""{"log":"x\n","stream":"stderr","time":"2020-01-02T03:04:05+01:00"}""", true)]
    [InlineData("""{"log":"x"}""", false)]
    [InlineData("""{"log":5,"stream":"stdout","time":"2020-01-02T03:04:05Z"}""", false)]
    [InlineData("""{"log":"x","stream":{},"time":"2020-01-02T03:04:05Z"}""", false)]
    [InlineData("""{"log":"x","stream":"stdout","time":7}""", false)]
    [InlineData("[]", false)]
    [InlineData("", false)]
    public void Lines_of_others_are_read_or_skipped(string json, bool valid)
        => Assert.Equal(valid, LogFileReader.TryParse(Encoding.UTF8.GetBytes(json), out _));

    [Fact]
    public async Task Output_that_outlives_the_process_does_not_keep_the_exit_back_for_ever()
    {
        Runtime.Script = async process =>
        {
            await process.WriteAsync("kept\n");
            process.ExitKeepingOutput(new ExitStatus(0));
        };
        await using Container container = await Containers.StartAsync(Spec, Token);
        await container.WaitAsync(Token);
        Assert.Equal("kept", (await container.ReadLogsAsync(cancellationToken: Token).SingleAsync(Token)).Text);
    }

    [Fact]
    public void Random_output_is_always_valid_json()
    {
        var random = new Random(7);
        for (int round = 0; round < 200; round++)
        {
            byte[] data = new byte[random.Next(1, 300)];
            random.NextBytes(data);
            PooledBuffer output = new();
            var assembler = new LogLineAssembler(LogStream.StandardOutput);
            assembler.Append(new ReadOnlySequence<byte>(data), output, "2020-01-02T03:04:05Z"u8);
            assembler.Complete(output, "2020-01-02T03:04:05Z"u8);
            string text = string.Concat(Encoding.UTF8.GetString(output.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("log").GetString()));
            Assert.Equal(Encoding.UTF8.GetString(data), text);
        }
    }
}

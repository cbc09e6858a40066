using System.Globalization;
using ContainerKit.Tests.Containers;
using Xunit;

namespace ContainerKit.Tests.Operations;

public class LogRotationTests : EngineTest
{
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);

    private static LogOptions Rotated { get; } = new() { MaximumSize = ByteSize.KiB(1), MaximumFiles = 3 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Full_files_are_kept_as_many_as_wanted_and_read_in_order(bool compress)
    {
        Container container = await StartAsync(Rotated with { Compress = compress });
        await WriteAsync(container, 1, 60);
        string[] files = LogFilesOf(container);
        string end = compress ? ".gz" : "";
        Assert.Equal(["-json.log", "-json.log.1" + end, "-json.log.2" + end], files);

        // Everything in the files, oldest first, up to the last one; what was in files that are gone is lost.
        List<int> kept = await ReadAsync(container);
        Assert.Equal(60, kept[^1]);
        Assert.Equal(Enumerable.Range(kept[0], kept.Count), kept);
        Assert.InRange(kept.Count, 15, 45);
        Assert.Equal([51, 52, 53, 54, 55, 56, 57, 58, 59, 60], await ReadAsync(container, tail: 10));
        Assert.Equal(kept.TakeLast(13), await ReadAsync(container, tail: 13));
        Assert.Equal(kept, await ReadAsync(container, tail: 1000));
        Assert.Empty(await ReadAsync(container, tail: 0));

        // The same after its end, and in the next run.
        Runtime.LastProcess.Exit(0);
        await container.WaitAsync(Token);
        Assert.Equal(kept, await ReadAsync(container));
        Assert.Equal(kept.TakeLast(13), await ReadAsync(container, tail: 13));
        await container.StartAsync(Token);
        await WriteAsync(container, 61, 61);
        Assert.Equal([60, 61], await ReadAsync(container, tail: 2));
        await container.RemoveAsync(force: true, Token);
        Assert.Empty(ListFiles());
    }

    [Fact]
    public async Task What_comes_at_once_fills_as_many_files_as_it_needs()
    {
        Container container = await StartAsync(Rotated);
        await Runtime.LastProcess.WriteAsync(string.Concat(Enumerable.Range(1, 100).Select(Text)));
        await WriteAsync(container, 101, 101);
        List<int> kept = await ReadAsync(container);
        Assert.Equal(101, kept[^1]);
        Assert.Equal(Enumerable.Range(kept[0], kept.Count), kept);
        Assert.InRange(kept.Count, 15, 45);
        Assert.Equal(["-json.log", "-json.log.1", "-json.log.2"], LogFilesOf(container));
    }

    [Fact]
    public async Task With_one_file_a_full_one_is_emptied()
    {
        Container container = await StartAsync(new LogOptions { MaximumSize = ByteSize.KiB(1) });
        await WriteAsync(container, 1, 60);
        Assert.Equal(["-json.log"], LogFilesOf(container));
        List<int> kept = await ReadAsync(container);
        Assert.Equal(60, kept[^1]);
        Assert.InRange(kept.Count, 1, 15);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_follower_gets_every_line_across_files(bool compress)
    {
        Container container = await StartAsync(Rotated with { Compress = compress });
        await using IAsyncEnumerator<LogLine> follower = container.ReadLogsAsync(follow: true, cancellationToken: Token).GetAsyncEnumerator(Token);
        for (int line = 1; line <= 100; line++)
        {
            Task<bool> next = follower.MoveNextAsync().AsTask();
            await Runtime.LastProcess.WriteAsync(Text(line));
            Assert.True(await next.WaitAsync(s_longest, Token));
            Assert.Equal(line, Number(follower.Current));
        }

        Task<bool> end = follower.MoveNextAsync().AsTask();
        Runtime.LastProcess.Exit(0);
        Assert.False(await end.WaitAsync(s_longest, Token));
    }

    [Fact]
    public async Task A_follower_that_is_slow_gets_the_files_that_are_kept()
    {
        Container container = await StartAsync(Rotated);
        await using IAsyncEnumerator<LogLine> follower = container.ReadLogsAsync(follow: true, cancellationToken: Token).GetAsyncEnumerator(Token);
        await Runtime.LastProcess.WriteAsync(Text(1));
        Assert.True(await follower.MoveNextAsync());
        await WriteAsync(container, 2, 200);
        Runtime.LastProcess.Exit(0);
        List<int> rest = [];
        while (await follower.MoveNextAsync().AsTask().WaitAsync(s_longest, Token))
            rest.Add(Number(follower.Current));
        Assert.Equal(200, rest[^1]);
        Assert.Equal(rest.Order(), rest);
        Assert.Equal(rest.Count, rest.Distinct().Count());
    }

    [Fact]
    public async Task Another_engine_follows_across_files()
    {
        Container container = await StartAsync(Rotated with { MaximumFiles = 50 }, "box");
        await WriteAsync(container, 1, 20);
        ContainerEngine other = await OpenAsync(new FakeRuntime());
        Container seen = await other.Containers.GetAsync("box", Token);
        await using IAsyncEnumerator<LogLine> follower = seen.ReadLogsAsync(follow: true, cancellationToken: Token).GetAsyncEnumerator(Token);
        for (int line = 1; line <= 20; line++)
        {
            Assert.True(await follower.MoveNextAsync().AsTask().WaitAsync(s_longest, Token));
            Assert.Equal(line, Number(follower.Current));
        }

        await WriteAsync(container, 21, 100);
        Runtime.LastProcess.Exit(0);
        for (int line = 21; line <= 100; line++)
        {
            Assert.True(await follower.MoveNextAsync().AsTask().WaitAsync(s_longest, Token));
            Assert.Equal(line, Number(follower.Current));
        }

        Assert.False(await follower.MoveNextAsync().AsTask().WaitAsync(s_longest, Token));
    }

    [Fact]
    public async Task Without_a_log_nothing_is_kept_and_reading_says_why()
    {
        Container container = await StartAsync(LogOptions.None);
        await using ContainerAttachment attachment = await container.AttachAsync(cancellationToken: Token);
        await Runtime.LastProcess.WriteAsync("hello\n");
        Assert.False((await attachment.StandardOutput.ReadAsync(Token)).Buffer.IsEmpty);
        Assert.Contains("None", Assert.Throws<UnsupportedException>(() => container.ReadLogsAsync(cancellationToken: Token)).Message, StringComparison.Ordinal);
        Runtime.LastProcess.Exit(0);
        await container.WaitAsync(Token);
        Assert.Empty(LogFilesOf(container));
    }

    [Fact]
    public async Task Following_ends_at_the_time_that_is_given()
    {
        var time = new ManualTime();
        string root = Path.Combine(Root, "timed");
        await using ContainerEngine engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = root, TimeProvider = time }, Runtime, Images, Token);
        Container container = await engine.Containers.CreateAsync(Spec, Token);
        await container.StartAsync(Token);
        await Runtime.LastProcess.WriteAsync(Text(1));
        await using IAsyncEnumerator<LogLine> follower = container.ReadLogsAsync(follow: true, until: time.GetUtcNow().AddMinutes(5), cancellationToken: Token).GetAsyncEnumerator(Token);
        Assert.True(await follower.MoveNextAsync().AsTask().WaitAsync(s_longest, Token));
        Task<bool> next = follower.MoveNextAsync().AsTask();
        await time.PassAsync(TimeSpan.FromMinutes(5), Token);
        Assert.False(await next.WaitAsync(s_longest, Token));
    }

    [Fact]
    public async Task Values_that_are_not_allowed_are_named()
    {
        await Refuses(new LogOptions { Driver = (LogDriver)7 }, "Log.Driver '7'");
        await Refuses(new LogOptions { MaximumSize = new ByteSize(0) }, "Log.MaximumSize");
        await Refuses(Rotated with { MaximumFiles = 0 }, "Log.MaximumFiles '0'");
        await Refuses(Rotated with { MaximumFiles = 100_000 }, "Log.MaximumFiles '100000'");
        await Refuses(new LogOptions { MaximumFiles = 2 }, "Log.MaximumFiles '2'");
        await Refuses(new LogOptions { MaximumSize = ByteSize.KiB(1), Compress = true }, "Log.Compress 'True'");
        await Refuses(Rotated with { Driver = LogDriver.None }, "Log.MaximumSize");
        Assert.Empty(ListFiles());

        async Task Refuses(LogOptions options, string text)
            => Assert.Contains(text, (await Assert.ThrowsAsync<ArgumentException>(() => Containers.CreateAsync(Spec.WithLog(options), Token))).Message, StringComparison.Ordinal);
    }

    private static string Text(int line) => string.Create(CultureInfo.InvariantCulture, $"{line:00000}\n");

    private static int Number(LogLine line) => int.Parse(line.Text, CultureInfo.InvariantCulture);

    private async Task<Container> StartAsync(LogOptions options, string? name = null)
    {
        Container container = await Containers.CreateAsync(Spec.WithLog(options) with { Name = name }, Token);
        await container.StartAsync(Token);
        return container;
    }

    /// <summary>Writes lines one by one, each when the one before is in the log.</summary>
    private async Task WriteAsync(Container container, int first, int last)
    {
        for (int line = first; line <= last; line++)
        {
            await Runtime.LastProcess.WriteAsync(Text(line));
            while ((await ReadAsync(container, tail: 1)) is not [var newest] || newest != line)
                await Task.Yield();
        }
    }

    private static async Task<List<int>> ReadAsync(Container container, int? tail = null)
        => await container.ReadLogsAsync(tail: tail, cancellationToken: Token).Select(Number).ToListAsync(Token);

    private string[] LogFilesOf(Container container)
        => [.. Directory.GetFiles(Path.Combine(ContainersDirectory, container.Id), "*log*").Select(path => Path.GetFileName(path)[container.Id.Length..]).Order(StringComparer.Ordinal)];
}

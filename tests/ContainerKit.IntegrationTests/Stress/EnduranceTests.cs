using System.Diagnostics;
using System.Globalization;
using System.Text;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Stress;

/// <summary>What must not grow however long it goes on. Environment variables make it long; the usual run is short.</summary>
[Collection(StressCollection.Name)]
public sealed class EnduranceTests(BusyboxFixture busybox) : IClassFixture<BusyboxFixture>
{
    /// <summary>How much output is written; 6000 are 100 MiB a second for a minute.</summary>
    private const string OutputVariable = "CONTAINERKIT_STRESS_MEBIBYTES";

    /// <summary>How many containers are started one after the other.</summary>
    private const string StartsVariable = "CONTAINERKIT_STRESS_STARTS";

    private const int LineLength = 128;
    private const int LinesOfMebibyte = (1 << 20) / LineLength;
    private const int WarmUp = 200;
    private const int KnownIds = 300;

    /// <summary>What may be there in addition at one moment: the files of containers that have just ended, and the next one's.</summary>
    private const int Slack = 40;

    private const long AllowedGrowth = 96L << 20;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Output_that_followers_do_not_read_is_on_disk_and_not_in_memory()
    {
        int mebibytes = Read(OutputVariable, 160);
        await using var chunk = new ChunkFile();
        ContainerSpec spec = busybox.Script($"i=0; while [ $i -lt {mebibytes} ]; do cat /chunk; i=$((i+1)); done").WithBind(chunk.Path, "/chunk", readOnly: true);
        Container container = await busybox.Engine.Containers.CreateAsync(spec, StressBed.Token);
        await using ContainerAttachment stalled = await container.AttachAsync(new AttachOptions { StallTimeout = TimeSpan.FromMilliseconds(100) }, StressBed.Token);
        long before = PrivateMemory();
        long start = Stopwatch.GetTimestamp();
        await container.StartAsync(StressBed.Token);

        // Reads one line and no more until the container has ended.
        await using IAsyncEnumerator<LogLine> follower = container.ReadLogsAsync(follow: true, cancellationToken: StressBed.Token).GetAsyncEnumerator(StressBed.Token);
        Assert.True(await follower.MoveNextAsync());
        long highest = before;
        Task<ExitStatus> exit = container.WaitAsync(StressBed.Token);
        while (!exit.IsCompleted)
        {
            await Task.WhenAny(exit, Task.Delay(50, StressBed.Token));
            highest = Math.Max(highest, PrivateMemory());
        }

        TimeSpan written = Stopwatch.GetElapsedTime(start);
        Assert.True((await exit).IsSuccess);
        long lines = 0;
        do
        {
            Assert.Equal(chunk.Lines[lines++ % LinesOfMebibyte], follower.Current.Text);
        }
        while (await follower.MoveNextAsync());
        await container.RemoveAsync(cancellationToken: StressBed.Token);

        Assert.Equal((long)mebibytes * LinesOfMebibyte, lines);
        Assert.InRange(highest - before, long.MinValue, AllowedGrowth);
        TestContext.Current.SendDiagnosticMessage($"{mebibytes} MiB in {written.TotalSeconds:F1} s; private memory rose from {before >> 20} to {highest >> 20} MiB at most.");
    }

    [Fact]
    public async Task Starts_one_after_the_other_leave_nothing_that_grows()
    {
        int starts = Read(StartsVariable, 300);
        await using StressBed bed = new();
        await using ContainerEngine engine = await bed.OpenAsync(prepares: true);
        await RunAsync(bed, engine, WarmUp);
        int[] counts = Count(bed);
        long managed = GC.GetTotalMemory(forceFullCollection: true);
        long whole = PrivateMemory();
        long start = Stopwatch.GetTimestamp();

        HashSet<string> ids = await RunAsync(bed, engine, starts);

        TimeSpan duration = Stopwatch.GetElapsedTime(start);
        long more = GC.GetTotalMemory(forceFullCollection: true) - managed;
        long wholeMore = PrivateMemory() - whole;
        TestContext.Current.SendDiagnosticMessage($"{starts} starts in {duration.TotalSeconds:F0} s; managed memory {more >> 10} KiB more, private memory {wholeMore >> 10} KiB more.");

        // What the engine remembers of the last 4096 events is most of it.
        Assert.InRange(more, long.MinValue, 6 << 20);
        Assert.InRange(wholeMore, long.MinValue, AllowedGrowth);
        Assert.Empty(await engine.Containers.ListAsync(StressBed.Token));
        Assert.True(await SettleAsync(() => Count(bed).Zip(counts).All(pair => pair.First <= pair.Second + Slack)), $"{string.Join(' ', counts)} became {string.Join(' ', Count(bed))}");
        Assert.True(await SettleAsync(() => Footprint.Cgroups(ids).Length <= Slack), string.Join(' ', Footprint.Cgroups(ids)));
    }

    /// <summary>Returns the ids of the last ones: all of them would be what grows.</summary>
    private static async Task<HashSet<string>> RunAsync(StressBed bed, ContainerEngine engine, int count)
    {
        HashSet<string> ids = [];
        for (int i = 0; i < count; i++)
        {
            await using Container container = await engine.Containers.StartAsync(bed.Spec("/true"), StressBed.Token);
            Assert.Equal(0, (await container.WaitAsync(StressBed.Token)).ExitCode);
            if (count - i <= KnownIds)
                Assert.True(ids.Add(container.Id));
        }

        return ids;
    }

    /// <summary>Descriptors, children and mounts of this process, and files of the data root. What waits for the next container is always another one.</summary>
    private static int[] Count(StressBed bed) =>
    [
        Directory.GetFiles("/proc/self/fd").Length,
        Footprint.ChildPids().Count(),
        File.ReadLines("/proc/self/mountinfo").Count(line => line.Contains(bed.DataRoot, StringComparison.Ordinal)),
        Footprint.Files(bed.DataRoot).Length,
    ];

    /// <summary>What has ended is closed and deleted a little later.</summary>
    private static async Task<bool> SettleAsync(Func<bool> isSettled)
    {
        long start = Stopwatch.GetTimestamp();
        while (!isSettled())
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience)
                return false;
            await Task.Delay(20, StressBed.Token);
        }

        return true;
    }

    private static int Read(string variable, int usual)
        => int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int asked) ? asked : usual;

    /// <summary>Bytes of this process that no file stands behind, proc_pid_status(5).</summary>
    private static long PrivateMemory()
    {
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan("RssAnon:".Length, line.Length - "RssAnon: kB".Length).Trim(), CultureInfo.InvariantCulture) << 10;
    }

    /// <summary>1 MiB of lines that differ.</summary>
    private sealed class ChunkFile : IAsyncDisposable
    {
        internal ChunkFile()
        {
            Lines = [.. Enumerable.Range(0, LinesOfMebibyte).Select(i => $"{i.ToString("D6", CultureInfo.InvariantCulture)} {new string('x', LineLength - 8)}")];
            File.WriteAllText(Path, string.Concat(Lines.Select(line => line + "\n")), Encoding.ASCII);
        }

        internal string Path { get; } = System.IO.Path.GetTempFileName();

        internal string[] Lines { get; }

        public ValueTask DisposeAsync()
        {
            File.Delete(Path);
            return ValueTask.CompletedTask;
        }
    }
}

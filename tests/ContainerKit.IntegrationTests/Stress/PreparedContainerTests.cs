using System.Formats.Tar;
using System.Text.RegularExpressions;
using Xunit;

namespace ContainerKit.IntegrationTests.Stress;

/// <summary>Containers that begin with what was prepared ahead.</summary>
[Collection(StressCollection.Name)]
public sealed partial class PreparedContainerTests
{
    private static readonly string[] s_report =
    [
        "/bin/busybox", "sh", "-c",
        """
        cd /proc/self
        /bin/busybox grep -v -e ^Pid: -e ^Tgid: -e ^NSpid: -e ^NSpgid: -e ^PPid: -e ^Ngid -e ^Vm -e ^Rss -e ctxt_switches -e THP_enabled -e ^Cpus_allowed -e ^State: status
        /bin/busybox cut -d ' ' -f 4- mountinfo | /bin/busybox sort
        /bin/busybox cat cgroup limits oom_score_adj
        for n in /proc/self/ns/*; do /bin/busybox basename $n; done
        /bin/busybox ls -l /proc/1/fd /dev /dev/pts /dev/shm /sys/fs/cgroup / | /bin/busybox sed -e 's/[A-Z][a-z][a-z]  *[0-9]* .....//' -e 's/^\([^ ]*\)  *[0-9]* /\1 /'
        /bin/busybox cat /proc/sys/net/ipv4/ip_unprivileged_port_start
        /bin/busybox sed -e 's/^[0-9.]*\t\([0-9a-f]\{12\}\|box\)/ADDRESS\t/' /etc/hosts
        /bin/busybox ip addr | /bin/busybox sed -e 's/@if[0-9]*:/:/' -e 's/ether [0-9a-f:]*/ether MAC/' -e 's/inet [0-9.]*/inet ADDRESS/' -e 's/inet6 [0-9a-f:]*/inet6 ADDRESS/'
        umask; pwd; id; set
        """,
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Prepared_container_is_like_any_other(bool inStore)
    {
        await using StressBed bed = new();
        AddBusyBox(bed);
        string usual;
        ContainerSpec spec;
        await using (ContainerEngine engine = await bed.OpenAsync())
        {
            spec = (await SpecAsync(bed, engine, "/pause", inStore)).WithHostname("box");
            await using Container container = await engine.Containers.StartAsync(spec, StressBed.Token);
            usual = await ReadAsync(container);
        }

        await using ContainerEngine preparing = await bed.OpenAsync(prepares: true);
        await using Container prepared = await StartPreparedAsync(bed, preparing, spec);
        Assert.Equal(usual, await ReadAsync(prepared));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Failures_of_a_prepared_container_are_those_of_any_other(bool inStore)
    {
        await using StressBed bed = new();
        await using ContainerEngine engine = await bed.OpenAsync(prepares: true);
        ContainerSpec spec = await SpecAsync(bed, engine, "/pause", inStore);
        await (await StartPreparedAsync(bed, engine, spec)).DisposeAsync();
        await WaitForPreparedAsync(bed);
        ContainerStartException missing = await Assert.ThrowsAsync<ContainerStartException>(() => engine.Containers.StartAsync(spec.WithCommand("/missing"), StressBed.Token));
        Assert.Equal(127, missing.ExitCode);
        await using Container next = await StartPreparedAsync(bed, engine, spec);
        Assert.Equal(0, (await next.ExecAsync(["/true"], StressBed.Token)).ExitCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Spec_that_was_not_prepared_for_starts_all_the_same(bool inStore)
    {
        await using StressBed bed = new();
        await using ContainerEngine engine = await bed.OpenAsync(prepares: true);
        ContainerSpec spec = await SpecAsync(bed, engine, "/pause", inStore);
        ContainerSpec[] others =
        [
            spec.WithTerminal(), spec.WithNetwork(NetworkMode.Host), spec.WithTmpfs("/memory"), spec.WithReadOnlyRoot(), spec.WithHostname("other"),
            spec.WithWorkingDirectory("/srv/deep"), spec.WithEnvironment("A", "b"), bed.Spec("/pause"),
        ];
        foreach (ContainerSpec other in others)
        {
            await (await StartPreparedAsync(bed, engine, spec)).DisposeAsync();
            await WaitForPreparedAsync(bed);
            await using Container container = await engine.Containers.StartAsync(other, StressBed.Token);
            Assert.Equal(0, (await container.ExecAsync(["/true"], StressBed.Token)).ExitCode);
        }
    }

    [Fact]
    public async Task What_differs_from_the_container_before_holds()
    {
        await using StressBed bed = new();
        AddBusyBox(bed);
        await using ContainerEngine engine = await bed.OpenAsync(prepares: true);
        ContainerSpec spec = await SpecAsync(bed, engine, "/pause", inStore: true);
        await (await StartPreparedAsync(bed, engine, spec)).DisposeAsync();
        await using (Container container = await StartPreparedAsync(bed, engine, spec.WithWorkingDirectory("/tmp/deep").WithEnvironment("COLOUR", "blue").WithReadOnlyRoot()))
        {
            ExecResult result = await container.ExecAsync(["/bin/busybox", "sh", "-c", "cd /proc/1; /bin/busybox readlink cwd; /bin/busybox tr '\\0' '\\n' < environ; /bin/busybox touch /x"], StressBed.Token);
            Assert.StartsWith("/tmp/deep\n", result.StandardOutput, StringComparison.Ordinal);
            Assert.Contains("\nCOLOUR=blue\n", result.StandardOutput, StringComparison.Ordinal);
            Assert.Contains("Read-only file system", result.StandardError, StringComparison.Ordinal);
        }

        await using Container memory = await StartPreparedAsync(bed, engine, spec.WithTmpfs("/memory"));
        Assert.Equal(0, (await memory.ExecAsync(["/bin/busybox", "grep", " /memory tmpfs ", "/proc/mounts"], StressBed.Token)).ExitCode);
    }

    [Fact]
    public async Task Image_that_was_removed_is_not_started_from_what_was_prepared()
    {
        await using StressBed bed = new();
        await using ContainerEngine engine = await bed.OpenAsync(prepares: true);
        ContainerSpec spec = await SpecAsync(bed, engine, "/pause", inStore: true);
        for (int round = 0; round < 3; round++)
        {
            await (await StartPreparedAsync(bed, engine, spec)).DisposeAsync();
            await WaitForPreparedAsync(bed);
            await engine.Images.RemoveAsync(spec.Image, cancellationToken: StressBed.Token);
            await Assert.ThrowsAsync<NotFoundException>(() => engine.Containers.StartAsync(spec, StressBed.Token));
            spec = await SpecAsync(bed, engine, "/pause", inStore: true);
            await using Container again = await engine.Containers.StartAsync(spec, StressBed.Token);
            Assert.Equal(0, (await again.ExecAsync(["/true"], StressBed.Token)).ExitCode);
        }
    }

    [Fact]
    public async Task Prepared_container_can_be_started_again_with_its_files()
    {
        await using StressBed bed = new();
        AddBusyBox(bed);
        await using ContainerEngine engine = await bed.OpenAsync(prepares: true);
        ContainerSpec spec = (await SpecAsync(bed, engine, "/pause", inStore: true)).WithCommand("/bin/busybox", "sh", "-c", "echo x >> /lines; /bin/busybox wc -l < /lines");
        await (await StartPreparedAsync(bed, engine, spec)).DisposeAsync();
        await using Container container = await StartPreparedAsync(bed, engine, spec);
        Assert.True((await container.WaitAsync(StressBed.Token)).IsSuccess);
        for (int run = 2; run < 5; run++)
        {
            await container.StartAsync(StressBed.Token);
            Assert.True((await container.WaitAsync(StressBed.Token)).IsSuccess);
        }

        List<string> lines = [];
        await foreach (LogLine line in container.ReadLogsAsync(cancellationToken: StressBed.Token))
        {
            lines.Add(line.Text);
        }

        Assert.Equal(["1", "2", "3", "4"], lines);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Engine_that_prepares_leaves_nothing_when_it_is_closed(bool inStore)
    {
        await using StressBed bed = new();
        ContainerSpec spec;
        await using (ContainerEngine engine = await bed.OpenAsync())
        {
            spec = await SpecAsync(bed, engine, "/pause", inStore);
        }

        await UseAsync(bed, spec);
        bed.Measure();
        await UseAsync(bed, spec);
        await bed.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task Waiting_process_that_somebody_kills_costs_nothing_but_time()
    {
        await using StressBed bed = new();
        await using ContainerEngine engine = await bed.OpenAsync(prepares: true);
        for (int round = 0; round < 5; round++)
        {
            await (await engine.Containers.StartAsync(bed.Spec("/pause"), StressBed.Token)).DisposeAsync();
            await WaitForPreparedAsync(bed);
            foreach (int child in Footprint.ChildPids().Where(IsWaitingLaunch))
            {
                System.Diagnostics.Process.GetProcessById(child).Kill();
                while (Footprint.Read($"/proc/{child}/stat") is { Length: > 0 } stat && !stat.Contains(") Z ", StringComparison.Ordinal))
                {
                    await Task.Delay(1, StressBed.Token);
                }
            }

            await using Container next = await engine.Containers.StartAsync(bed.Spec("/pause"), StressBed.Token);
            Assert.Equal(0, (await next.ExecAsync(["/true"], StressBed.Token)).ExitCode);
        }
    }

    /// <summary>Everything that may happen to what is prepared: used, not wanted, cancelled, left over.</summary>
    private static async Task UseAsync(StressBed bed, ContainerSpec spec)
    {
        await using ContainerEngine engine = await bed.OpenAsync(prepares: true);
        await (await StartPreparedAsync(bed, engine, spec)).DisposeAsync();
        for (int round = 0; round < 10; round++)
        {
            await WaitForPreparedAsync(bed);
            using CancellationTokenSource cancellation = new(TimeSpan.FromMilliseconds(round));
            try
            {
                await (await engine.Containers.StartAsync(spec, cancellation.Token)).DisposeAsync();
            }
            catch (OperationCanceledException)
            {
                await (await engine.Containers.StartAsync(spec, StressBed.Token)).DisposeAsync();
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => engine.Containers.RunAsync(spec.WithCommand("/true"), cancellationToken: StressBed.Token)));
    }

    private static async Task<Container> StartPreparedAsync(StressBed bed, ContainerEngine engine, ContainerSpec spec)
    {
        using CancellationTokenSource bound = Bound();
        while (true)
        {
            bound.Token.ThrowIfCancellationRequested();
            HashSet<string> ready = [.. Prepared(bed)];
            Container container = await engine.Containers.StartAsync(spec, StressBed.Token);
            if (ready.Contains(container.Id))
            {
                return container;
            }

            await container.DisposeAsync();

            // What was of no use is still there while it is removed. Nothing is prepared as long as one start follows the other.
            await Task.Delay(50, bound.Token);
            await WaitForPreparedAsync(bed);
        }
    }

    /// <summary>Until there is one, or one that is nearly ready.</summary>
    private static async Task WaitForPreparedAsync(StressBed bed)
    {
        using CancellationTokenSource bound = Bound();
        while (!Prepared(bed).Any())
        {
            await Task.Delay(5, bound.Token);
        }
    }

    /// <summary>Longer than any machine needs: a preparation that never comes is a failure, not a hang.</summary>
    private static CancellationTokenSource Bound()
    {
        var bound = CancellationTokenSource.CreateLinkedTokenSource(StressBed.Token);
        bound.CancelAfter(TimeSpan.FromMinutes(2));
        return bound;
    }

    private static IEnumerable<string> Prepared(StressBed bed) => Directory.GetDirectories(Path.Combine(bed.DataRoot, "prepared")).Select(d => Path.GetFileName(d)!);

    /// <summary>True for a process that has not executed anything yet and is the first in a pid namespace of its own.</summary>
    private static bool IsWaitingLaunch(int pid)
        => Footprint.Read($"/proc/{pid}/cmdline").StartsWith("containerkit-launch", StringComparison.Ordinal)
            && Footprint.Read($"/proc/{pid}/status").Contains($"NSpid:\t{pid}\t1\n", StringComparison.Ordinal);

    /// <summary>A spec of the bed's image: as a directory, or in the store, where its root is mounted ahead, too.</summary>
    private static async Task<ContainerSpec> SpecAsync(StressBed bed, ContainerEngine engine, string command, bool inStore)
    {
        if (!inStore)
        {
            return bed.Spec(command);
        }

        using MemoryStream archive = new();
        await using (var writer = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            // Root's, so that the bed can be removed by whoever runs the test.
            foreach (string file in Directory.GetFiles(bed.ImageDirectory, "*", SearchOption.AllDirectories))
            {
                await using FileStream content = File.OpenRead(file);
                PaxTarEntry entry = new(TarEntryType.RegularFile, Path.GetRelativePath(bed.ImageDirectory, file)) { DataStream = content, Mode = File.GetUnixFileMode(file) };
                await writer.WriteEntryAsync(entry, StressBed.Token);
            }
        }

        archive.Position = 0;
        return ContainerSpec.FromImage(await engine.Images.ImportAsync(archive, cancellationToken: StressBed.Token)).WithCommand(command);
    }

    private static void AddBusyBox(StressBed bed)
    {
        const string BusyBox = "/bin/busybox";
        if (!File.Exists(BusyBox))
        {
            Assert.Skip("missing capability: /bin/busybox (package busybox-static)");
        }

        Directory.CreateDirectory(Path.Combine(bed.ImageDirectory, "bin"));
        File.Copy(BusyBox, Path.Combine(bed.ImageDirectory, "bin", "busybox"));
    }

    private static async Task<string> ReadAsync(Container container)
    {
        ExecResult result = await container.ExecAsync(s_report, StressBed.Token);
        string text = result.StandardOutput.Replace(container.Id, "ID", StringComparison.Ordinal).Replace("/prepared/ID/", "/containers/ID/", StringComparison.Ordinal);

        // Device numbers of anonymous file systems, inode numbers and the container's own directory differ by nature.
        return Volatile().Replace(text, "N") + result.StandardError;
    }

    [GeneratedRegex(@"\b[0-9a-f]{64}\b|\b0:\d+\b|\[\d+\]|\d+:\d+ ")]
    private static partial Regex Volatile();
}

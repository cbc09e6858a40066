using System.Text;
using Xunit;

namespace ContainerKit.IntegrationTests.Detached;

/// <summary>Detached containers and several engines, whose processes live.</summary>
public sealed class DetachedTests
{
    [Fact]
    public async Task End_of_the_engine_leaves_it_running_for_the_next_one()
    {
        await using DetachedBed bed = new();
        int? pid;
        await using (ContainerEngine first = await bed.OpenAsync())
        {
            await using Container container = await first.Containers.StartAsync(bed.Spec("echo begun; while :; do sleep 0.05; done"), bed.Token);
            await bed.WaitForLineAsync(container, "begun");
            pid = (await container.InspectAsync(bed.Token)).ProcessId;
        }

        await using ContainerEngine second = await bed.OpenAsync();
        ContainerInfo found = Assert.Single(await second.Containers.ListAsync(bed.Token));
        Assert.Equal((ContainerStatus.Running, pid), (found.Status, found.ProcessId));
        await (await bed.GetAsync(second)).RemoveAsync(force: true, bed.Token);
        await bed.WaitForEndAsync(pid!.Value);
    }

    [Fact]
    public async Task One_engine_owns_it_at_a_time()
    {
        await using DetachedBed bed = new();
        ContainerEngine first = await bed.OpenAsync();
        await using ContainerEngine second = await bed.OpenAsync();
        try
        {
            await first.Containers.StartAsync(bed.Spec("echo begun; sleep 86400"), bed.Token);
            Container seen = await bed.GetAsync(second);
            Assert.Equal(ContainerStatus.Running, (await seen.InspectAsync(bed.Token)).Status);
            await bed.WaitForLineAsync(seen, "begun");
            await Assert.ThrowsAsync<ConflictException>(() => seen.StopAsync(TimeSpan.Zero, bed.Token));
        }
        finally
        {
            await first.DisposeAsync();
        }

        Container taken = await bed.GetAsync(second);
        await taken.StopAsync(TimeSpan.Zero, bed.Token);
        Assert.Equal(137, (await taken.InspectAsync(bed.Token)).ExitStatus!.Value.ExitCode);
    }

    [Fact]
    public async Task Container_ends_when_its_supervisor_is_killed()
    {
        await using DetachedBed bed = new();
        await using ContainerEngine engine = await bed.OpenAsync();
        Container container = await engine.Containers.StartAsync(bed.Spec("sleep 86400"), bed.Token);
        int pid = (await container.InspectAsync(bed.Token)).ProcessId!.Value;

        using (Linux.Handles.PidFd supervisor = Linux.Handles.PidFd.Open(bed.ReadRecord(container.Id).SupervisorPid))
            supervisor.SendSignal(9);

        Assert.Equal(137, (await container.WaitAsync(bed.Token)).ExitCode);
        await bed.WaitForEndAsync(pid);
    }

    [Fact]
    public async Task Attached_client_gets_what_is_written_from_then_on()
    {
        await using DetachedBed bed = new();
        await using ContainerEngine engine = await bed.OpenAsync();
        Container container = await engine.Containers.CreateAsync(bed.Spec("echo first; while [ ! -e /shared/go ]; do sleep 0.05; done; echo second; echo third >&2"), bed.Token);
        await using ContainerAttachment early = await container.AttachAsync(cancellationToken: bed.Token);
        await container.StartAsync(bed.Token);
        await bed.WaitForLineAsync(container, "first");
        bed.Signal("go");

        Assert.Equal("first\nsecond\n", await ReadAllAsync(early.StandardOutput, bed.Token));
        Assert.Equal("third\n", await ReadAllAsync(early.StandardError!, bed.Token));
        Assert.Equal(0, (await container.WaitAsync(bed.Token)).ExitCode);
    }

    [Fact]
    public async Task Full_log_files_are_followed_by_new_ones_without_the_engine()
    {
        await using DetachedBed bed = new();
        await using ContainerEngine engine = await bed.OpenAsync();
        ContainerSpec spec = bed.Spec("seq 1 200000; echo end").WithLog(new LogOptions { MaximumSize = ByteSize.KiB(300), MaximumFiles = 3 });
        Container container = await engine.Containers.StartAsync(spec, bed.Token);
        Assert.Equal(0, (await container.WaitAsync(bed.Token)).ExitCode);

        string path = (await container.InspectAsync(bed.Token)).LogPath;
        Assert.Equal([true, true, false], ((string[])[path + ".1", path + ".2", path + ".3"]).Select(File.Exists));
        Assert.True(new FileInfo(path + ".1").Length < 600 * 1024);
        string[] lines = await bed.ReadAsync(container);
        Assert.Equal("out end", lines[^1]);

        // The first line may be the rest of one that began in a file that is gone.
        int first = int.Parse(lines[1].AsSpan(4), null);
        Assert.Equal(Enumerable.Range(first, 200_001 - first).Select(i => "out " + i), lines[1..^1]);
    }

    [Fact]
    public async Task Output_that_is_not_kept_holds_up_nobody()
    {
        await using DetachedBed bed = new();
        await using ContainerEngine engine = await bed.OpenAsync();
        UnixFileMode mode = File.GetUnixFileMode("/dev/null");
        ContainerSpec spec = bed.Spec("seq 1 200000; seq 1 200000 >&2; exit 6").WithLog(LogOptions.None);
        Container container = await engine.Containers.StartAsync(engine.IsRootless ? spec : spec.WithUser("1234"), bed.Token);

        Assert.Equal(6, (await container.WaitAsync(bed.Token)).ExitCode);
        Assert.Throws<UnsupportedException>(() => container.ReadLogsAsync(cancellationToken: bed.Token));

        // The host's, which is not given to the user of a container.
        using Linux.Paths.RootedDirectory devices = Linux.Paths.RootedDirectory.Open("/dev");
        Assert.Equal((0u, mode), (devices.TryGetStatus("null"u8)!.Value.UserId, File.GetUnixFileMode("/dev/null")));
    }

    [Fact]
    public async Task Container_that_removes_itself_is_removed_by_the_next_engine()
    {
        await using DetachedBed bed = new();
        ContainerInfo info;
        await using (ContainerEngine first = await bed.OpenAsync())
        {
            Container container = await first.Containers.StartAsync(bed.Spec("while [ ! -e /shared/go ]; do sleep 0.05; done") with { AutoRemove = true }, bed.Token);
            info = await container.InspectAsync(bed.Token);
        }

        bed.Signal("go");
        await bed.WaitForEndAsync(info);
        await using ContainerEngine second = await bed.OpenAsync();

        Assert.Empty(await second.Containers.ListAsync(bed.Token));
    }

    [Fact]
    public async Task Start_that_fails_leaves_nothing_running()
    {
        await using DetachedBed bed = new();
        await using ContainerEngine engine = await bed.OpenAsync();

        ContainerStartException failure = await Assert.ThrowsAsync<ContainerStartException>(() => engine.Containers.StartAsync(bed.Spec("").WithCommand("/missing"), bed.Token));

        Assert.Equal(127, failure.ExitCode);
        Assert.Empty(await engine.Containers.ListAsync(bed.Token));
    }

    [Fact]
    public async Task What_needs_the_engine_is_refused_by_name()
    {
        await using DetachedBed bed = new();
        await using ContainerEngine engine = await bed.OpenAsync();
        foreach ((ContainerSpec spec, string option) in ((ContainerSpec, string)[])
        [
            (bed.Spec("true") with { Terminal = true }, "Terminal"),
            (bed.Spec("true") with { OpenStdin = true }, "OpenStdin"),
            (bed.Spec("true").WithLog(new LogOptions { MaximumSize = ByteSize.MiB(1), MaximumFiles = 2, Compress = true }), "Log.Compress"),
        ])
        {
            ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(() => engine.Containers.CreateAsync(spec, bed.Token));
            Assert.StartsWith(option + " ", refused.Message, StringComparison.Ordinal);
        }
    }

    private static async Task<string> ReadAllAsync(System.IO.Pipelines.PipeReader reader, CancellationToken cancellationToken)
    {
        using StreamReader text = new(reader.AsStream(), Encoding.UTF8);
        return await text.ReadToEndAsync(cancellationToken);
    }
}

using System.Diagnostics;
using Xunit;

namespace ContainerKit.IntegrationTests.Detached;

/// <summary>A detached container whose host process is killed: what the next engine finds, and can do with it.</summary>
public sealed class HostDeathTests
{
    private const string WaitForGo = "while [ ! -e /shared/go ]; do sleep 0.05; done; ";

    [Fact]
    public async Task Container_goes_on_and_is_taken_over_with_its_log_and_exit_code()
    {
        await using DetachedBed bed = new();
        await bed.StartAndKillHostAsync("echo one; echo two >&2; " + WaitForGo + "echo three; printf four; exit 7");
        await using ContainerEngine engine = await bed.OpenAsync();

        ContainerInfo found = Assert.Single(await engine.Containers.ListAsync(bed.Token));
        Assert.Equal((ContainerStatus.Running, (int?)Environment.ProcessId), (found.Status, found.OwnerProcessId));
        Container container = await bed.GetAsync(engine);
        await bed.WaitForLineAsync(container, "two");
        Task<string[]> followed = bed.ReadAsync(container, follow: true);
        ExecResult inside = await container.ExecAsync(["sh", "-c", "echo here; exit 3"], bed.Token);
        Assert.Equal((3, "here\n"), (inside.ExitCode, inside.StandardOutput));
        Assert.True((await container.GetStatsAsync(bed.Token)).TaskCount > 0);
        Assert.Contains((await container.TopAsync(cancellationToken: bed.Token)).Processes, row => row.Any(column => column.Contains("/shared/go", StringComparison.Ordinal)));
        Task<ExitStatus> exit = container.WaitAsync(bed.Token);
        bed.Signal("go");

        Assert.Equal(7, (await exit).ExitCode);
        string[] expected = ["out one", "err two", "out three", "out four"];
        Assert.Equal(expected, (await followed).Order(Comparer<string>.Create((a, b) => Array.IndexOf(expected, a) - Array.IndexOf(expected, b))));
        Assert.Equal(["out three", "out four"], await bed.ReadAsync(container, tail: 2));
        ContainerInfo ended = await container.InspectAsync(bed.Token);
        Assert.Equal((ContainerStatus.Exited, 7), (ended.Status, ended.ExitStatus!.Value.ExitCode));
        await container.RemoveAsync(cancellationToken: bed.Token);
        Assert.Empty(await engine.Containers.ListAsync(bed.Token));
    }

    [Fact]
    public async Task Exit_code_and_output_are_there_although_it_ended_while_there_was_no_engine()
    {
        await using DetachedBed bed = new();
        await bed.StartAndKillHostAsync(WaitForGo + "echo late; exit 9");
        string id = bed.FindId();
        int supervisor = bed.ReadRecord(id).SupervisorPid;
        bed.Signal("go");
        await bed.WaitForEndAsync(supervisor);
        DateTimeOffset before = TimeProvider.System.GetUtcNow();

        await using ContainerEngine engine = await bed.OpenAsync();

        ContainerInfo ended = Assert.Single(await engine.Containers.ListAsync(bed.Token));
        Assert.Equal((ContainerStatus.Exited, 9, (string?)null), (ended.Status, ended.ExitStatus!.Value.ExitCode, ended.Error));
        Assert.InRange(ended.FinishedAt!.Value, ended.StartedAt!.Value, before);
        Container container = await bed.GetAsync(engine);
        Assert.Equal(9, (await container.WaitAsync(bed.Token)).ExitCode);
        Assert.Equal(["out late"], await bed.ReadAsync(container, follow: true));

        // The log goes on with the next run.
        await container.StartAsync(bed.Token);
        Assert.Equal(9, (await container.WaitAsync(bed.Token)).ExitCode);
        Assert.Equal(["out late", "out late"], await bed.ReadAsync(container));
    }

    [Fact]
    public async Task Nothing_that_it_writes_is_lost_while_its_host_dies()
    {
        await using DetachedBed bed = new();
        await bed.StartAndKillHostAsync("seq 1 100000; " + WaitForGo + "seq 100001 120000");
        await using ContainerEngine engine = await bed.OpenAsync();
        Container container = await bed.GetAsync(engine);
        bed.Signal("go");

        string[] lines = await bed.ReadAsync(container, follow: true);

        Assert.Equal(Enumerable.Range(1, 120_000).Select(i => "out " + i), lines);
    }

    [Fact]
    public async Task It_can_be_stopped_and_killed()
    {
        await using DetachedBed bed = new();
        await bed.StartAndKillHostAsync("trap 'exit 4' TERM; echo ready; while :; do sleep 0.05; done");
        await using ContainerEngine engine = await bed.OpenAsync();
        Container container = await bed.GetAsync(engine);
        await bed.WaitForLineAsync(container, "ready");

        await container.StopAsync(TimeSpan.FromMinutes(1), bed.Token);
        Assert.Equal(4, (await container.InspectAsync(bed.Token)).ExitStatus!.Value.ExitCode);

        await container.StartAsync(bed.Token);
        await container.KillAsync(cancellationToken: bed.Token);
        Assert.Equal(137, (await container.InspectAsync(bed.Token)).ExitStatus!.Value.ExitCode);
    }

    [Fact]
    public async Task Restart_policy_is_taken_over()
    {
        await using DetachedBed bed = new();
        const string Script = "echo run >> /shared/runs; while [ $(cat /shared/runs | busybox wc -l) = 1 ] && [ ! -e /shared/go ]; do sleep 0.05; done; [ -e /shared/stay ] && sleep 86400; exit 5";
        await bed.StartAndKillHostAsync(Script, restart: "on-failure:3");
        int supervisor = bed.ReadRecord(bed.FindId()).SupervisorPid;
        bed.Signal("go");
        await bed.WaitForEndAsync(supervisor);
        bed.Signal("stay");

        await using ContainerEngine engine = await bed.OpenAsync();
        Container container = await bed.GetAsync(engine);

        ContainerInfo info;
        while ((info = await container.InspectAsync(bed.Token)).Status != ContainerStatus.Running)
            await Task.Delay(20, bed.Token);
        Assert.Equal(1, info.RestartCount);
    }

    [Fact]
    public async Task Want_of_memory_is_on_disk()
    {
        await using DetachedBed bed = new();
        await bed.StartAndKillHostAsync(WaitForGo + "dd if=/dev/zero of=/dev/null bs=100M count=1; exit $?", memory: "16MiB");
        string id = bed.FindId();
        int supervisor = bed.ReadRecord(id).SupervisorPid;
        bed.Signal("go");
        await bed.WaitForEndAsync(supervisor);
        Assert.True(bed.ReadRecord(id).OutOfMemoryKills > 0);

        await using ContainerEngine engine = await bed.OpenAsync();

        Assert.True(Assert.Single(await engine.Containers.ListAsync(bed.Token)).OutOfMemory);
    }

    [Fact]
    public async Task Host_that_is_killed_while_it_starts_one_leaves_a_whole_container_or_none()
    {
        await using DetachedBed bed = new();
        Random random = new();
        long begin = Stopwatch.GetTimestamp();

        // Where a process starts slowly (an emulated machine) there are fewer rounds.
        for (int round = 0; round < 6 && Stopwatch.GetElapsedTime(begin) < TimeSpan.FromMinutes(1); round++)
        {
            await bed.KillHostWhileItStartsAsync("echo begun; sleep 86400", TimeSpan.FromMilliseconds(random.Next(200)));
            await using ContainerEngine engine = await bed.OpenAsync();
            foreach (ContainerInfo info in await engine.Containers.ListAsync(bed.Token))
            {
                Container container = await bed.GetAsync(engine);
                Assert.True(info.Status is ContainerStatus.Created or ContainerStatus.Running, $"{info.Status} {info.ExitStatus} {info.Error}");
                if (info.Status == ContainerStatus.Running)
                    await bed.WaitForLineAsync(container, "begun");
                await container.RemoveAsync(force: true, bed.Token);
                if (info.ProcessId is int pid)
                    await bed.WaitForEndAsync(pid);
            }

            Assert.Empty(await engine.Containers.ListAsync(bed.Token));
        }
    }
}

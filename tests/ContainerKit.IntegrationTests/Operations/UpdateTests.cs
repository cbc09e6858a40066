using Xunit;

namespace ContainerKit.IntegrationTests.Operations;

/// <summary>Limits that change while the container runs.</summary>
public sealed class UpdateTests(OperationsFixture fixture) : IClassFixture<OperationsFixture>
{
    private const string Greedy = "head -c 100m /dev/zero | tail -c 100m | wc -c";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_memory_limit_that_is_set_binds_and_one_that_is_lifted_does_not()
    {
        await using Container container = await fixture.StartAsync(fixture.Busybox.Spec("sleep", "1000"));
        await fixture.RequireCgroupAsync(container.UpdateAsync(spec => spec.WithMemoryLimit(ByteSize.MiB(16)), OperationsFixture.Bounded()));
        Assert.NotEqual("104857600\n", (await container.ExecAsync(["sh", "-c", Greedy], OperationsFixture.Bounded())).StandardOutput);
        Assert.Equal(ByteSize.MiB(16), (await container.GetStatsAsync(Token)).Memory.Limit);

        await container.UpdateAsync(spec => spec with { MemoryLimit = null }, OperationsFixture.Bounded());
        Assert.Equal("104857600\n", (await container.ExecAsync(["sh", "-c", Greedy], OperationsFixture.Bounded())).StandardOutput);
        Assert.Null((await container.GetStatsAsync(Token)).Memory.Limit);
    }

    [Fact]
    public async Task A_pids_limit_binds_for_what_runs_already()
    {
        // The first process makes more of them on demand.
        ContainerSpec spec = fixture.Busybox.Script("read line; for i in $(seq 1 30); do sleep 1000 & done; echo all").WithOpenStdin();
        await using Container container = await fixture.StartAsync(spec);
        await fixture.RequireCgroupAsync(container.UpdateAsync(old => old.WithPidsLimit(10), OperationsFixture.Bounded()));
        Task<ExitStatus> exit = container.WaitAsync(OperationsFixture.Bounded());
        await using ContainerAttachment attachment = await container.AttachAsync(cancellationToken: Token);
        await attachment.StandardInput!.WriteAsync("go\n"u8.ToArray(), OperationsFixture.Bounded());
        Assert.NotEqual(0, (await exit).ExitCode);
        List<string> lines = [];
        await foreach (LogLine line in container.ReadLogsAsync(cancellationToken: Token))
            lines.Add(line.Text);
        Assert.Contains(lines, line => line.Contains("can't fork", StringComparison.Ordinal));
        Assert.DoesNotContain("all", lines);
    }

    [Fact]
    public async Task A_processor_limit_throttles_at_once()
    {
        await using Container container = await fixture.StartAsync(fixture.Busybox.Script("while :; do :; done"));
        await fixture.RequireCgroupAsync(container.UpdateAsync(spec => spec.WithCpuLimit(0.1), OperationsFixture.Bounded()));
        await foreach (ContainerStats sample in container.WatchStatsAsync(TimeSpan.FromMilliseconds(50), OperationsFixture.Bounded()))
        {
            if (sample.Processor.ThrottledPeriods > 0)
                break;
        }

        await Assert.ThrowsAsync<ArgumentException>(() => container.UpdateAsync(spec => spec.WithCpuLimit(0), Token));
    }

    [Fact]
    public async Task A_user_without_a_cgroup_is_told_so_and_keeps_the_old_limits()
    {
        await using Container container = await fixture.StartAsync(fixture.Busybox.Spec("sleep", "1000"));
        try
        {
            await container.UpdateAsync(spec => spec.WithPidsLimit(100), OperationsFixture.Bounded());
        }
        catch (UnsupportedException e)
        {
            Assert.True(fixture.Busybox.Engine.IsRootless);
            Assert.Contains("cgroup", e.Message, StringComparison.Ordinal);
            Assert.Null((await container.InspectAsync(Token)).Spec.PidsLimit);
        }
    }
}

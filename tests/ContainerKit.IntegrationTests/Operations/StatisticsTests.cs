using Xunit;

namespace ContainerKit.IntegrationTests.Operations;

public sealed class StatisticsTests(OperationsFixture fixture) : IClassFixture<OperationsFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_busy_container_uses_time_of_a_processor()
    {
        await using Container container = await fixture.StartAsync(fixture.Busybox.Script("while :; do :; done"));
        List<ContainerStats> samples = [];
        await foreach (ContainerStats sample in container.WatchStatsAsync(TimeSpan.FromMilliseconds(100), OperationsFixture.Bounded()))
        {
            samples.Add(sample);
            if (sample.Processor.Percent > 0)
                break;
        }

        Assert.Null(samples[0].Processor.Percent);
        ProcessorStats last = samples[^1].Processor;
        Assert.InRange(last.OnlineProcessors, 1, 4096);

        // No upper bound: the kernel counts the machine's time in ticks, and a virtual machine may have few of them.
        Assert.True(last.Percent > 0);
        Assert.True(last.Total >= last.User && last.Machine > TimeSpan.Zero);
        Assert.Equal((await container.InspectAsync(Token)).Networks.Select(endpoint => endpoint.InterfaceName), samples[^1].Networks.Keys);
    }

    [Fact]
    public async Task Memory_and_tasks_are_those_of_all_processes()
    {
        // tail holds what it was asked for until its input ends.
        await using Container container = await fixture.StartAsync(fixture.Busybox.Script("(head -c 50m /dev/zero; echo filled >&2; sleep 1000) | tail -c 50m"));
        await OperationsFixture.ReadUntilAsync(container, "filled");
        CancellationToken bounded = OperationsFixture.Bounded();
        ContainerStats stats = await container.GetStatsAsync(bounded);
        while (stats.Memory.Used < ByteSize.MiB(50))
        {
            await Task.Delay(10, bounded);
            stats = await container.GetStatsAsync(bounded);
        }

        Assert.InRange(stats.Memory.Used.Bytes, 50L << 20, stats.Memory.Machine.Bytes);
        Assert.Equal(stats.Memory.Details.Count == 0, stats.Memory.IsSumOfProcesses);
        Assert.InRange(stats.TaskCount, 3, 10);
    }

    [Fact]
    public async Task Limits_are_in_the_sample()
    {
        await using Container container = await fixture.StartAsync(
            fixture.Busybox.Spec("sleep", "1000").WithMemoryLimit(ByteSize.MiB(64)).WithPidsLimit(17));
        ContainerStats stats = await container.GetStatsAsync(Token);

        Assert.Equal((ByteSize.MiB(64), 17, 1), (stats.Memory.Limit, stats.TaskLimit, stats.TaskCount));
        Assert.False(stats.Memory.IsSumOfProcesses);
        Assert.NotEmpty(stats.Memory.Details);
        Assert.InRange(stats.Memory.Used.Bytes, 1, 64 << 20);
        Assert.True(stats.Memory.Used <= stats.Memory.Charged);
    }

    [Fact]
    public async Task Pressure_is_there_where_the_kernel_measures_it()
    {
        await using Container container = await fixture.StartAsync(fixture.Busybox.Spec("sleep", "1000"));
        ContainerStats stats = await container.GetStatsAsync(Token);
        Assert.SkipWhen(stats.ProcessorPressure is null, "missing capability: pressure stall information of a cgroup (PSI, cgroup v2)");

        Assert.InRange(stats.ProcessorPressure!.Some.Average10, 0, 100);
        Assert.NotNull(stats.MemoryPressure);
        Assert.NotNull(stats.InputOutputPressure!.Full);
    }

    [Fact]
    public async Task The_stream_ends_with_the_container()
    {
        await using Container container = await fixture.StartAsync(fixture.Busybox.Script("sleep 1000"));
        int samples = 0;
        await foreach (ContainerStats sample in container.WatchStatsAsync(TimeSpan.FromMilliseconds(20), OperationsFixture.Bounded()))
        {
            if (++samples == 3)
                await container.KillAsync(cancellationToken: OperationsFixture.Bounded());
        }

        Assert.InRange(samples, 3, 4);
        await Assert.ThrowsAsync<InvalidStateException>(() => container.GetStatsAsync(Token));
    }
}

using Xunit;

namespace ContainerKit.IntegrationTests.Operations;

/// <summary>The cgroup freezer, version 1 and 2.</summary>
public sealed class PauseTests(OperationsFixture fixture) : IClassFixture<OperationsFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_processes_of_a_paused_container_stand_still_and_then_go_on()
    {
        await using Container container = await fixture.StartAsync(fixture.Busybox.Script("(while :; do :; done) & echo ready; while :; do :; done"));
        await OperationsFixture.ReadUntilAsync(container, "ready");
        await fixture.RequireCgroupAsync(container.PauseAsync(OperationsFixture.Bounded()));

        // Version 2 calls a process frozen just before it leaves its processor: what it used until then is counted a moment later.
        CancellationToken settling = OperationsFixture.Bounded();
        TimeSpan before = await ProcessorTimeAsync(container, settling);
        for (TimeSpan earlier = TimeSpan.MinValue; earlier != before; before = await ProcessorTimeAsync(container, settling))
        {
            earlier = before;
            BeBusy();
        }

        BeBusy();
        Assert.Equal(before, await ProcessorTimeAsync(container, Token));
        Assert.Equal(2, (await container.TopAsync("-o pid,stat", Token)).Processes.Count);

        await container.UnpauseAsync(Token);
        CancellationToken bounded = OperationsFixture.Bounded();
        while (await ProcessorTimeAsync(container, bounded) == before)
            await Task.Delay(10, bounded);
    }

    private static async Task<TimeSpan> ProcessorTimeAsync(Container container, CancellationToken cancellationToken) =>
        (await container.GetStatsAsync(cancellationToken)).Processor.Total;

    /// <summary>Uses a twentieth of a second of a processor: two busy loops that were not frozen would have used some as well.</summary>
    private static void BeBusy()
    {
        long start = Environment.TickCount64;
        while (Environment.TickCount64 - start < 50)
            Thread.SpinWait(1000);
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("kill")]
    [InlineData("remove")]
    public async Task A_paused_container_can_be_ended(string how)
    {
        await using Container container = await fixture.StartAsync(fixture.Busybox.Script("trap 'exit 7' TERM; echo ready; while :; do sleep 1; done"));
        await OperationsFixture.ReadUntilAsync(container, "ready");
        await fixture.RequireCgroupAsync(container.PauseAsync(OperationsFixture.Bounded()));
        CancellationToken bounded = OperationsFixture.Bounded();
        Task<ExitStatus> exit = container.WaitAsync(bounded);
        await (how switch
        {
            "stop" => container.StopAsync(Timeout.InfiniteTimeSpan, bounded),
            "kill" => container.KillAsync(cancellationToken: bounded),
            _ => container.RemoveAsync(force: true, bounded),
        });
        Assert.Equal(how == "stop" ? 7 : 137, (await exit).ExitCode);
    }

    [Fact]
    public async Task A_user_without_a_cgroup_is_told_how_to_get_one()
    {
        await using Container container = await fixture.StartAsync(fixture.Busybox.Spec("sleep", "1000"));
        try
        {
            await container.PauseAsync(OperationsFixture.Bounded());
            await container.UnpauseAsync(Token);
        }
        catch (UnsupportedException e)
        {
            Assert.True(fixture.Busybox.Engine.IsRootless);
            Assert.Contains("cgroup", e.Message, StringComparison.Ordinal);
            Assert.Equal(ContainerStatus.Running, (await container.InspectAsync(Token)).Status);
        }
    }
}

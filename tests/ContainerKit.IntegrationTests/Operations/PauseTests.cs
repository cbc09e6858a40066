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

        TimeSpan before = (await container.GetStatsAsync(Token)).Processor.Total;
        IReadOnlyList<IReadOnlyList<string>> processes = (await container.TopAsync("-o pid,stat", Token)).Processes;
        for (int i = 0; i < 50; i++)
            await Task.Yield();
        Assert.Equal(before, (await container.GetStatsAsync(Token)).Processor.Total);
        Assert.Equal(2, processes.Count);

        await container.UnpauseAsync(Token);
        CancellationToken bounded = OperationsFixture.Bounded();
        while ((await container.GetStatsAsync(bounded)).Processor.Total == before)
            await Task.Delay(10, bounded);
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

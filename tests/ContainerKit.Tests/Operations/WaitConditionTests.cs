using ContainerKit.Tests.Containers;
using Xunit;

namespace ContainerKit.Tests.Operations;

public class WaitConditionTests : EngineTest
{
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Not_running_holds_for_what_never_ran_and_for_what_ended()
    {
        Container container = await Containers.CreateAsync(Spec, Token);
        Assert.Equal(0, (await container.WaitAsync(WaitCondition.NotRunning, Token)).ExitCode);
        await container.StartAsync(Token);
        Task<ExitStatus> wait = container.WaitAsync(WaitCondition.NotRunning, Token);
        Assert.False(wait.IsCompleted);
        Runtime.LastProcess.Exit(3);
        Assert.Equal(3, (await wait.WaitAsync(s_longest, Token)).ExitCode);
        Assert.Equal(3, (await container.WaitAsync(WaitCondition.NotRunning, Token)).ExitCode);
    }

    [Fact]
    public async Task Next_exit_is_one_that_is_still_to_come()
    {
        Container container = await Containers.CreateAsync(Spec, Token);
        Task<ExitStatus> beforeStart = container.WaitAsync(WaitCondition.NextExit, Token);
        await container.StartAsync(Token);
        Runtime.LastProcess.Exit(1);
        Assert.Equal(1, (await beforeStart.WaitAsync(s_longest, Token)).ExitCode);
        Task<ExitStatus> second = container.WaitAsync(WaitCondition.NextExit, Token);
        await container.StartAsync(Token);
        Assert.False(second.IsCompleted);
        Runtime.LastProcess.Exit(2);
        Assert.Equal(2, (await second.WaitAsync(s_longest, Token)).ExitCode);
    }

    [Fact]
    public async Task Removal_is_waited_for_whoever_does_it()
    {
        Container here = await Containers.CreateAsync(Spec, Token);
        Task<ExitStatus> removedHere = here.WaitAsync(WaitCondition.Removed, Token);
        await here.StartAsync(Token);
        Runtime.LastProcess.Exit(6);
        await here.WaitAsync(Token);
        Assert.False(removedHere.IsCompleted);
        await here.RemoveAsync(cancellationToken: Token);
        Assert.Equal(6, (await removedHere.WaitAsync(s_longest, Token)).ExitCode);

        Container there = await Containers.CreateAsync(Spec.WithName("there"), Token);
        Task<ExitStatus> removedThere = there.WaitAsync(WaitCondition.Removed, Token);
        ContainerEngine other = await OpenAsync(new FakeRuntime());
        await (await other.Containers.GetAsync("there", Token)).RemoveAsync(cancellationToken: Token);
        await removedThere.WaitAsync(s_longest, Token);
    }

    [Fact]
    public async Task The_end_and_removal_of_what_another_engine_runs_are_seen()
    {
        Container container = await Containers.CreateAsync(Spec.WithName("box"), Token);
        await container.StartAsync(Token);
        ContainerEngine other = await OpenAsync(new FakeRuntime());
        Container seen = await other.Containers.GetAsync("box", Token);
        Task<ExitStatus> exit = seen.WaitAsync(WaitCondition.NextExit, Token);
        Task<ExitStatus> notRunning = seen.WaitAsync(WaitCondition.NotRunning, Token);
        Task<ExitStatus> removed = seen.WaitAsync(WaitCondition.Removed, Token);
        Runtime.LastProcess.Exit(8);
        Assert.Equal((8, 8), ((await exit.WaitAsync(s_longest, Token)).ExitCode, (await notRunning.WaitAsync(s_longest, Token)).ExitCode));
        await container.WaitAsync(Token);
        await container.RemoveAsync(cancellationToken: Token);
        await removed.WaitAsync(s_longest, Token);
    }

    [Fact]
    public async Task A_condition_that_does_not_exist_is_named()
    {
        Container container = await Containers.CreateAsync(Spec, Token);
        Assert.Contains("'9'", Assert.ThrowsAny<ArgumentException>(() => { _ = container.WaitAsync((WaitCondition)9, Token); }).Message, StringComparison.Ordinal);
    }
}

using ContainerKit.Tests.Containers;
using Xunit;

namespace ContainerKit.Tests.Operations;

public class RestartPolicyTests : OperationsTest
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Always_starts_again_after_a_delay_that_doubles_up_to_a_minute()
    {
        Container container = await Containers.CreateAsync(Spec.WithRestartPolicy(RestartPolicy.Always), Token);
        await using IAsyncEnumerator<ContainerKitEvent> events = Listen();
        await container.StartAsync(Token);
        Task<ExitStatus> end = container.WaitAsync(Token);
        TimeSpan delay = s_first;
        for (int restart = 1; restart <= 12; restart++)
        {
            await ExpectAsync(events, EventAction.Start);
            Runtime.LastProcess.Exit(0);
            await ExpectAsync(events, EventAction.Die);
            ContainerInfo info = await container.InspectAsync(Token);
            Assert.Equal((ContainerStatus.Restarting, restart, new ExitStatus(0)), (info.Status, info.RestartCount, info.ExitStatus));
            await Bounded(Time.PassAsync(delay, Token));
            delay = delay * 2 < TimeSpan.FromMinutes(1) ? delay * 2 : TimeSpan.FromMinutes(1);
        }

        await ExpectAsync(events, EventAction.Start);
        Assert.False(end.IsCompleted);
        Assert.Equal(13, Runtime.Processes.Count);
        await container.KillAsync(cancellationToken: Token);
        Assert.Equal(137, (await Bounded(end)).ExitCode);
        Assert.Equal(ContainerStatus.Exited, (await container.InspectAsync(Token)).Status);
    }

    [Fact]
    public async Task A_run_of_ten_seconds_sets_the_delay_back()
    {
        Container container = await Containers.CreateAsync(Spec.WithRestartPolicy(RestartPolicy.UnlessStopped), Token);
        await using IAsyncEnumerator<ContainerKitEvent> events = Listen();
        await container.StartAsync(Token);
        await ExpectAsync(events, EventAction.Start);
        Runtime.LastProcess.Exit(1);
        await ExpectAsync(events, EventAction.Die);
        await Bounded(Time.PassAsync(s_first, Token));
        await ExpectAsync(events, EventAction.Start);
        Time.Advance(TimeSpan.FromSeconds(10));
        Runtime.LastProcess.Exit(1);
        await ExpectAsync(events, EventAction.Die);
        await Bounded(Time.PassAsync(s_first, Token));
        await ExpectAsync(events, EventAction.Start);
    }

    [Fact]
    public async Task On_failure_gives_up_after_so_many_restarts_and_only_then_the_wait_ends()
    {
        Container container = await Containers.CreateAsync(Spec.WithRestartPolicy(RestartPolicy.OnFailure(2)), Token);
        await using IAsyncEnumerator<ContainerKitEvent> events = Listen();
        await container.StartAsync(Token);
        Task<ExitStatus> end = container.WaitAsync(WaitCondition.NextExit, Token);
        Task<ExitStatus> notRunning = container.WaitAsync(WaitCondition.NotRunning, Token);
        for (int run = 0; run < 3; run++)
        {
            await ExpectAsync(events, EventAction.Start);
            Assert.False(end.IsCompleted);
            Runtime.LastProcess.Exit(40 + run);
            await ExpectAsync(events, EventAction.Die);
            if (run < 2)
                await Bounded(Time.PassAsync(s_first * (1 << run), Token));
        }

        Assert.Equal((42, 42), ((await Bounded(end)).ExitCode, (await Bounded(notRunning)).ExitCode));
        ContainerInfo info = await container.InspectAsync(Token);
        Assert.Equal((ContainerStatus.Exited, 2), (info.Status, info.RestartCount));

        // A start by a caller counts anew.
        await container.StartAsync(Token);
        Assert.Equal(0, (await container.InspectAsync(Token)).RestartCount);
        Runtime.LastProcess.Exit(0);
        Assert.Equal(0, (await Bounded(container.WaitAsync(Token))).ExitCode);
        Assert.Equal(4, Runtime.Processes.Count);
    }

    [Fact]
    public async Task A_stop_while_it_waits_calls_the_restart_off()
    {
        Container container = await Containers.CreateAsync(Spec.WithRestartPolicy(RestartPolicy.Always), Token);
        await EndAsync(container, 7);
        Task<ExitStatus> end = container.WaitAsync(Token);
        Assert.Contains("it is restarting", (await Assert.ThrowsAsync<InvalidStateException>(() => container.StartAsync(Token))).Message, StringComparison.Ordinal);
        Assert.Contains("it is restarting", (await Assert.ThrowsAsync<InvalidStateException>(() => container.ExecAsync(["id"], Token))).Message, StringComparison.Ordinal);
        Assert.Contains("it is restarting", (await Assert.ThrowsAsync<InvalidStateException>(() => container.RemoveAsync(cancellationToken: Token))).Message, StringComparison.Ordinal);
        await container.StopAsync(cancellationToken: Token);
        Assert.Equal(7, (await Bounded(end)).ExitCode);
        Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(ContainerStatus.Exited, (await container.InspectAsync(Token)).Status);
        Assert.Single(Runtime.Processes);
        await container.StartAsync(Token);
        Assert.Equal(ContainerStatus.Running, (await container.InspectAsync(Token)).Status);
    }

    [Fact]
    public async Task A_kill_or_removal_while_it_waits_calls_the_restart_off()
    {
        Container killed = await Containers.CreateAsync(Spec.WithRestartPolicy(RestartPolicy.Always), Token);
        await EndAsync(killed, 1);
        await killed.KillAsync(cancellationToken: Token);
        Assert.Equal(ContainerStatus.Exited, (await killed.InspectAsync(Token)).Status);

        Container removed = await Containers.CreateAsync(Spec.WithRestartPolicy(RestartPolicy.Always), Token);
        await EndAsync(removed, 1);
        await removed.RemoveAsync(force: true, Token);
        Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(2, Runtime.Processes.Count);
        Assert.Equal(killed.Id, Assert.Single(await Containers.ListAsync(Token)).Id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_caller_stopped_is_not_started_again(bool kill)
    {
        Container container = await Containers.CreateAsync(Spec.WithRestartPolicy(RestartPolicy.Always), Token);
        await container.StartAsync(Token);
        await (kill ? container.KillAsync(cancellationToken: Token) : container.StopAsync(TimeSpan.Zero, Token));
        Assert.Equal(ContainerStatus.Exited, (await container.InspectAsync(Token)).Status);
    }

    [Fact]
    public async Task A_restart_that_fails_is_the_last_one_and_says_why()
    {
        Container container = await Containers.CreateAsync(Spec.WithRestartPolicy(RestartPolicy.Always), Token);
        await EndAsync(container, 1);
        Task<ExitStatus> end = container.WaitAsync(Token);
        Runtime.BeforeStart = _ => throw new ContainerStartException("execute", 127, "exec: not found");
        await Bounded(Time.PassAsync(s_first, Token));
        Assert.Equal(127, (await Bounded(end)).ExitCode);
        ContainerInfo info = await container.InspectAsync(Token);
        Assert.Equal((ContainerStatus.Exited, "exec: not found"), (info.Status, info.Error));
    }

    [Fact]
    public async Task Disposing_the_engine_while_it_waits_leaves_an_ended_container()
    {
        Container container = await Containers.CreateAsync(Spec.WithRestartPolicy(RestartPolicy.UnlessStopped).WithName("box"), Token);
        await EndAsync(container, 3);
        await Engine.DisposeAsync();
        ContainerEngine next = await OpenAsync(new FakeRuntime());
        ContainerInfo info = await (await next.Containers.GetAsync("box", Token)).InspectAsync(Token);
        Assert.Equal((ContainerStatus.Exited, new ExitStatus(3)), (info.Status, info.ExitStatus));
    }

    [Fact]
    public async Task What_a_dead_engine_was_about_to_restart_is_exited()
    {
        Container container = await Containers.CreateAsync(Spec.WithRestartPolicy(RestartPolicy.Always).WithName("box"), Token);
        await EndAsync(container, 3);
        ContainerEngine next = await OpenAsync(new FakeRuntime(), CopyRoot());
        ContainerInfo info = await (await next.Containers.GetAsync("box", Token)).InspectAsync(Token);
        Assert.Equal((ContainerStatus.Exited, new ExitStatus(3)), (info.Status, info.ExitStatus));
    }

    [Fact]
    public async Task An_opened_engine_starts_what_the_policies_say_only_when_it_is_asked_to()
    {
        foreach (RestartPolicy policy in (RestartPolicy[])[RestartPolicy.Always, RestartPolicy.UnlessStopped, RestartPolicy.OnFailure(), RestartPolicy.No])
        {
            string name = policy.ToString();
            await (await Containers.CreateAsync(Spec.WithRestartPolicy(policy).WithName(name + ".ran"), Token)).StartAsync(Token);
            Container stopped = await Containers.CreateAsync(Spec.WithRestartPolicy(policy).WithName(name + ".stopped"), Token);
            await stopped.StartAsync(Token);
            await stopped.KillAsync(cancellationToken: Token);
            await Containers.CreateAsync(Spec.WithRestartPolicy(policy).WithName(name + ".created"), Token);
        }

        await Engine.DisposeAsync();
        ContainerEngine quiet = await OpenAsync(new FakeRuntime());
        Assert.DoesNotContain(await quiet.Containers.ListAsync(Token), info => info.Status == ContainerStatus.Running);
        await quiet.DisposeAsync();
        ContainerEngine server = await OpenAsync(new FakeRuntime());
        await server.StartContainersAsync(Token);
        IEnumerable<string> running = (await server.Containers.ListAsync(Token)).Where(info => info.Status == ContainerStatus.Running).Select(info => info.Name);
        Assert.Equal(["always.ran", "always.stopped", "unless-stopped.ran"], running.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("no", "no")]
    [InlineData("", "no")]
    [InlineData("always", "always")]
    [InlineData("unless-stopped", "unless-stopped")]
    [InlineData("on-failure", "on-failure")]
    [InlineData("on-failure:0", "on-failure")]
    [InlineData("on-failure:7", "on-failure:7")]
    public void Policies_are_read_and_written_in_Dockers_form(string text, string expected) => Assert.Equal(expected, RestartPolicy.Parse(text).ToString());

    [Theory]
    [InlineData("sometimes")]
    [InlineData("on-failure:-1")]
    [InlineData("on-failure:x")]
    [InlineData("always:3")]
    public void Other_policies_are_named_in_the_error(string text)
        => Assert.Contains($"RestartPolicy '{text}'", Assert.Throws<ArgumentException>(() => RestartPolicy.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Policies_that_contradict_are_refused_before_anything_exists()
    {
        await Refuses(Spec.WithAutoRemove().WithRestartPolicy(RestartPolicy.Always), "RestartPolicy 'always'");
        await Refuses(Spec.WithRestartPolicy(RestartPolicy.OnFailure(-1)), "MaximumRetries '-1'");
        await Refuses(Spec.WithRestartPolicy(RestartPolicy.Always with { MaximumRetries = 3 }), "MaximumRetries '3'");
        await Refuses(Spec.WithRestartPolicy(new RestartPolicy { Mode = (RestartMode)9 }), "RestartPolicy '9'");
        Assert.Empty(ListFiles());

        async Task Refuses(ContainerSpec spec, string text)
            => Assert.Contains(text, (await Assert.ThrowsAsync<ArgumentException>(() => Containers.CreateAsync(spec, Token))).Message, StringComparison.Ordinal);
    }

    private async Task EndAsync(Container container, int code)
    {
        await using IAsyncEnumerator<ContainerKitEvent> events = Listen(FilterSet.Empty.With("event", "die"));
        await container.StartAsync(Token);
        Runtime.LastProcess.Exit(code);
        await ExpectAsync(events, EventAction.Die);
    }
}

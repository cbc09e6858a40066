using ContainerKit.Containers.Health;
using ContainerKit.Tests.Containers;
using Xunit;

namespace ContainerKit.Tests.Operations;

public class HealthTests : OperationsTest
{
    /// <summary>Unlike any other time that something waits for, so that the right wait is ended.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(7);

    private static HealthProbe Probe { get; } = HealthProbe.ForCommand("check") with { Interval = s_interval, Timeout = TimeSpan.FromSeconds(20), Retries = 2 };

    /// <summary>Exit codes of the checks to come; -1 for one that hangs.</summary>
    private readonly Queue<int> _results = [];

    [Fact]
    public async Task So_many_failures_in_a_row_make_it_unhealthy_and_one_success_healthy()
    {
        Container container = await StartAsync(Spec.WithHealthProbe(Probe), 1, 1, 0, 1, 1);
        await using IAsyncEnumerator<ContainerKitEvent> events = Listen(FilterSet.Empty.With("event", "health_status").With("event", "exec_die"));
        Assert.Equal(HealthStatus.Starting, (await InspectAsync(container)).Status);
        await PassAsync(events);
        Assert.Equal((HealthStatus.Starting, 1), Summary(await InspectAsync(container, 1)));
        await PassAsync(events);
        Assert.Equal("unhealthy", (await ExpectAsync(events, EventAction.HealthStatus)).Detail);
        Assert.Equal((HealthStatus.Unhealthy, 2), Summary(await InspectAsync(container, 2)));
        await Assert.ThrowsAsync<InvalidStateException>(() => container.WaitUntilHealthyAsync(Token));
        await PassAsync(events);
        Assert.Equal("healthy", (await ExpectAsync(events, EventAction.HealthStatus)).Detail);
        await container.WaitUntilHealthyAsync(Token);
        await PassAsync(events);
        Assert.Equal((HealthStatus.Healthy, 1), Summary(await InspectAsync(container, 4)));
        await PassAsync(events);
        Assert.Equal("unhealthy", (await ExpectAsync(events, EventAction.HealthStatus)).Detail);
        Assert.Equal([1, 1, 0, 1, 1], (await InspectAsync(container, 5)).Log.Select(result => result.ExitCode));
        Assert.All(Runtime.Executed, exec => Assert.Equal(["check"], exec.Process.Arguments));
    }

    [Fact]
    public async Task In_the_start_period_failures_do_not_count_until_the_first_success()
    {
        HealthProbe probe = Probe with { StartPeriod = TimeSpan.FromSeconds(10), StartInterval = TimeSpan.FromSeconds(3), Retries = 1 };
        Container container = await StartAsync(Spec.WithHealthProbe(probe), 1, 1, 0, 1);
        await using IAsyncEnumerator<ContainerKitEvent> events = Listen(FilterSet.Empty.With("event", "health_status").With("event", "exec_die"));
        await PassAsync(events, 3);
        Assert.Equal((HealthStatus.Starting, 0), Summary(await InspectAsync(container, 1)));
        await PassAsync(events, 3);
        Assert.Equal((HealthStatus.Starting, 0), Summary(await InspectAsync(container, 2)));
        await PassAsync(events, 3);
        Assert.Equal("healthy", (await ExpectAsync(events, EventAction.HealthStatus)).Detail);
        await PassAsync(events);
        Assert.Equal("unhealthy", (await ExpectAsync(events, EventAction.HealthStatus)).Detail);
    }

    [Fact]
    public async Task A_check_that_hangs_is_killed_and_has_failed()
    {
        Container container = await StartAsync(Spec.WithHealthProbe(Probe with { Retries = 1 }), -1);
        await using IAsyncEnumerator<ContainerKitEvent> events = Listen(FilterSet.Empty.With("event", "health_status"));
        await Bounded(Time.PassAsync(s_interval, Token));
        await Bounded(Time.PassAsync(TimeSpan.FromSeconds(20), Token));
        Assert.Equal("unhealthy", (await ExpectAsync(events, EventAction.HealthStatus)).Detail);
        HealthProbeResult result = Assert.Single((await InspectAsync(container, 1)).Log);
        Assert.Equal((-1, "Health check exceeded timeout (20s)", TimeSpan.FromSeconds(20)), (result.ExitCode, result.Output, result.End - result.Start));
        Assert.Equal([9], Runtime.LastProcess.Signals);
    }

    [Fact]
    public async Task A_check_that_can_not_be_started_has_failed_and_says_why()
    {
        Container container = await StartAsync(Spec.WithHealthProbe(Probe with { Retries = 1 }));
        await using IAsyncEnumerator<ContainerKitEvent> events = Listen(FilterSet.Empty.With("event", "health_status"));
        Runtime.BeforeStart = _ => throw new ContainerStartException("execute", 127, "exec: \"check\": not found");
        await Bounded(Time.PassAsync(s_interval, Token));
        await ExpectAsync(events, EventAction.HealthStatus);
        Assert.Equal((-1, "exec: \"check\": not found"), (await InspectAsync(container, 1)).Log.Select(result => (result.ExitCode, result.Output)).Single());
    }

    [Fact]
    public async Task Nothing_is_checked_while_it_is_paused_and_nothing_after_its_end()
    {
        Container container = await StartAsync(Spec.WithHealthProbe(Probe), 0);
        await container.PauseAsync(Token);
        await Bounded(Time.PassAsync(s_interval, Token));
        await Bounded(Time.PassAsync(s_interval, Token));
        Assert.Empty(Runtime.Executed);
        await container.UnpauseAsync(Token);
        Task healthy = container.WaitUntilHealthyAsync(Token);
        await Bounded(Time.PassAsync(s_interval, Token));
        await Bounded(healthy);
        Assert.Single(Runtime.Executed);
        await container.KillAsync(cancellationToken: Token);
        Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Single(Runtime.Executed);
        Assert.Equal(HealthStatus.Unhealthy, (await InspectAsync(container)).Status);
        await Assert.ThrowsAsync<InvalidStateException>(() => container.WaitUntilHealthyAsync(Token));
    }

    [Fact]
    public async Task Ending_the_container_ends_a_check_that_runs()
    {
        Container container = await StartAsync(Spec.WithHealthProbe(Probe), -1);
        await using IAsyncEnumerator<ContainerKitEvent> events = Listen(FilterSet.Empty.With("event", "exec_start"));
        FakeProcess first = Runtime.LastProcess;
        await Bounded(Time.PassAsync(s_interval, Token));
        await ExpectAsync(events, EventAction.ExecStart);
        first.Exit(0);
        await Bounded(container.WaitAsync(Token));
        Assert.Equal([9], Runtime.LastProcess.Signals);
    }

    [Fact]
    public async Task Another_engine_sees_the_verdict()
    {
        Container container = await StartAsync(Spec.WithName("box").WithHealthProbe(Probe), 0);
        Task healthy = container.WaitUntilHealthyAsync(Token);
        await Bounded(Time.PassAsync(s_interval, Token));
        await Bounded(healthy);
        ContainerEngine other = await OpenAsync(new FakeRuntime());
        ContainerInfo seen = await (await other.Containers.GetAsync("box", Token)).InspectAsync(Token);
        Assert.Equal(HealthStatus.Healthy, seen.Health!.Status);
    }

    [Fact]
    public async Task Only_the_beginning_of_the_output_is_kept()
    {
        Runtime.Script = async process =>
        {
            if (Runtime.Processes.Count == 1)
                return;
            await process.WriteAsync(new string('x', 3000));
            await process.WriteErrorAsync(new string('y', 3000));
            process.Exit(0);
        };
        Container container = await Containers.CreateAsync(Spec.WithHealthProbe(Probe), Token);
        await container.StartAsync(Token);
        Task healthy = container.WaitUntilHealthyAsync(Token);
        await Bounded(Time.PassAsync(s_interval, Token));
        await Bounded(healthy);
        Assert.Equal(HealthProbeRunner.OutputLimit, (await InspectAsync(container, 1)).Log[0].Output.Length);
    }

    [Theory]
    [InlineData("NONE", null, null)]
    [InlineData(null, "NONE", null)]
    [InlineData(null, "CMD image", "image")]
    [InlineData("CMD own", "CMD image", "own")]
    [InlineData("CMD-SHELL own", null, "/bin/sh -c own")]
    [InlineData(null, null, null)]
    public async Task Spec_and_image_combine(string? own, string? image, string? expected)
    {
        Images.Image = Images.Image with { HealthProbe = image is null ? null : new HealthProbe { Test = [.. image.Split(' ')], Retries = 7 } };
        ContainerSpec spec = own is null ? Spec.WithHealthProbe(new HealthProbe { Interval = s_interval }) : Spec.WithHealthProbe(Probe with { Test = [.. own.Split(' ')] });
        Container container = await Containers.CreateAsync(spec, Token);
        await container.StartAsync(Token);
        ContainerInfo info = await container.InspectAsync(Token);
        Assert.Equal(expected is not null, info.Health is not null);
        if (expected is null)
            return;
        await Bounded(Time.PassAsync(s_interval, Token));
        await using IAsyncEnumerator<ContainerKitEvent> events = Engine.Events.ReadAsync(FilterSet.Empty.With("event", "exec_start"), DateTimeOffset.MinValue, cancellationToken: Token).GetAsyncEnumerator(Token);
        Assert.Equal(expected, (await ExpectAsync(events, EventAction.ExecStart)).Detail);
    }

    [Fact]
    public async Task The_shell_of_an_image_is_used()
    {
        Images.Image = Images.Image with { Shell = ["/bin/bash", "-euc"] };
        Container container = await Containers.CreateAsync(Spec.WithHealthProbe(HealthProbe.ForScript("a b") with { Interval = s_interval }), Token);
        Assert.Equal(["/bin/bash", "-euc", "a b"], ResolvedHealthProbe.Create(new() { Id = "", Name = "", CreatedAt = default, Spec = container.Spec, Image = Images.Image })!.Command);
    }

    [Fact]
    public async Task Values_that_are_not_allowed_are_named()
    {
        await Refuses(new HealthProbe { Test = ["RUN", "x"] }, "HealthProbe.Test 'RUN'");
        await Refuses(new HealthProbe { Test = ["CMD"] }, "HealthProbe.Test 'CMD'");
        await Refuses(new HealthProbe { Test = ["NONE", "x"] }, "HealthProbe.Test 'NONE x'");
        await Refuses(new HealthProbe { Test = ["CMD-SHELL", "a", "b"] }, "HealthProbe.Test 'CMD-SHELL a b'");
        await Refuses(Probe with { Interval = TimeSpan.Zero }, "HealthProbe.Interval '00:00:00'");
        await Refuses(Probe with { Timeout = TimeSpan.FromTicks(1) }, "HealthProbe.Timeout");
        await Refuses(Probe with { StartPeriod = TimeSpan.FromSeconds(-1) }, "HealthProbe.StartPeriod");
        await Refuses(Probe with { StartInterval = TimeSpan.MaxValue }, "HealthProbe.StartInterval");
        await Refuses(Probe with { Retries = 0 }, "HealthProbe.Retries '0'");
        Assert.Empty(ListFiles());

        async Task Refuses(HealthProbe probe, string text)
            => Assert.Contains(text, (await Assert.ThrowsAsync<ArgumentException>(() => Containers.CreateAsync(Spec.WithHealthProbe(probe), Token))).Message, StringComparison.Ordinal);
    }

    private static (HealthStatus, int) Summary(HealthInfo health) => (health.Status, health.FailingStreak);

    /// <summary>Lets the time to the next check pass, and the check end.</summary>
    private async Task PassAsync(IAsyncEnumerator<ContainerKitEvent> events, int seconds = 7)
    {
        await Bounded(Time.PassAsync(TimeSpan.FromSeconds(seconds), Token));
        await ExpectAsync(events, EventAction.ExecDie);
    }

    /// <summary>Inspects once the log has so many results: the last one is there a moment after its command has ended.</summary>
    private static async Task<HealthInfo> InspectAsync(Container container, int results = 0)
    {
        while (true)
        {
            HealthInfo health = (await container.InspectAsync(Token)).Health!;
            if (health.Log.Length >= results)
                return health;
            await Task.Yield();
            Token.ThrowIfCancellationRequested();
        }
    }

    private async Task<Container> StartAsync(ContainerSpec spec, params int[] results)
    {
        foreach (int result in results)
            _results.Enqueue(result);
        Container container = await Containers.CreateAsync(spec, Token);
        await container.StartAsync(Token);
        Runtime.Script = process =>
        {
            if (_results.TryDequeue(out int result) && result >= 0)
                process.Exit(result);
            return Task.CompletedTask;
        };
        return container;
    }
}

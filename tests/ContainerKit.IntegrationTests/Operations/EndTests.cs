using Xunit;

namespace ContainerKit.IntegrationTests.Operations;

/// <summary>How containers end, and what follows.</summary>
public sealed class EndTests(OperationsFixture fixture) : IClassFixture<OperationsFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_container_that_needs_too_much_memory_is_reported_as_such()
    {
        await using IAsyncEnumerator<ContainerKitEvent> events = Listen("oom", "die");
        await using Container container = await fixture.StartAsync(fixture.Busybox.Spec("tail", "-c", "100m", "/dev/zero").WithMemoryLimit(ByteSize.MiB(16)));
        Assert.Equal(137, (await container.WaitAsync(OperationsFixture.Bounded())).ExitCode);
        Assert.True((await container.InspectAsync(Token)).OutOfMemory);
        Assert.Equal([EventAction.OutOfMemory, EventAction.Die], [await NextAsync(events), await NextAsync(events)]);
    }

    [Fact]
    public async Task A_child_that_needs_too_much_memory_is_reported_although_the_first_process_lives_on()
    {
        await using Container container = await fixture.StartAsync(fixture.Busybox.Script("tail -c 100m /dev/zero; exit 5").WithMemoryLimit(ByteSize.MiB(16)));
        Assert.Equal(5, (await container.WaitAsync(OperationsFixture.Bounded())).ExitCode);
        Assert.True((await container.InspectAsync(Token)).OutOfMemory);
    }

    [Fact]
    public async Task A_container_that_is_killed_is_not_taken_for_one_that_needs_memory()
    {
        await using Container container = await fixture.StartAsync(fixture.Busybox.Spec("sleep", "1000"));
        await container.KillAsync(cancellationToken: OperationsFixture.Bounded());
        Assert.False((await container.InspectAsync(Token)).OutOfMemory);
    }

    [Fact]
    public async Task A_failing_container_is_started_again_with_the_files_that_it_left()
    {
        ContainerSpec spec = fixture.Busybox.Script("echo run >> /tmp/runs; wc -l < /tmp/runs; exit 9").WithRestartPolicy(RestartPolicy.OnFailure(2));
        await using Container container = await fixture.StartAsync(spec);
        Assert.Equal(9, (await container.WaitAsync(OperationsFixture.Bounded())).ExitCode);
        ContainerInfo info = await container.InspectAsync(Token);
        Assert.Equal((ContainerStatus.Exited, 2), (info.Status, info.RestartCount));
        List<string> lines = [];
        await foreach (LogLine line in container.ReadLogsAsync(cancellationToken: Token))
            lines.Add(line.Text);
        Assert.Equal(["1", "2", "3"], lines);
    }

    [Fact]
    public async Task A_container_whose_process_is_killed_from_outside_comes_back()
    {
        await using Container container = await fixture.StartAsync(fixture.Busybox.Spec("sleep", "1000").WithRestartPolicy(RestartPolicy.Always));
        await using IAsyncEnumerator<ContainerKitEvent> events = Listen("start");
        int first = (await container.InspectAsync(Token)).ProcessId!.Value;
        using (var process = System.Diagnostics.Process.GetProcessById(first))
            process.Kill();
        Assert.Equal(EventAction.Start, await NextAsync(events));
        ContainerInfo info = await container.InspectAsync(Token);
        Assert.Equal((ContainerStatus.Running, 1), (info.Status, info.RestartCount));
        Assert.NotEqual(first, info.ProcessId);
        await container.StopAsync(TimeSpan.Zero, OperationsFixture.Bounded());
        Assert.Equal(ContainerStatus.Exited, (await container.InspectAsync(Token)).Status);
    }

    [Fact]
    public async Task A_restart_runs_the_same_container_anew()
    {
        await using Container container = await fixture.StartAsync(fixture.Busybox.Script("touch /tmp/been; sleep 1000"));
        await container.RestartAsync(TimeSpan.Zero, OperationsFixture.Bounded());
        Assert.Equal(0, (await container.ExecAsync(["test", "-e", "/tmp/been"], OperationsFixture.Bounded())).ExitCode);
    }

    private IAsyncEnumerator<ContainerKitEvent> Listen(params string[] actions)
        => fixture.Busybox.Engine.Events.ReadAsync(actions.Aggregate(FilterSet.Empty, (filters, action) => filters.With("event", action)), cancellationToken: OperationsFixture.Bounded())
            .GetAsyncEnumerator(Token);

    private static async Task<string> NextAsync(IAsyncEnumerator<ContainerKitEvent> events)
    {
        Assert.True(await events.MoveNextAsync());
        return events.Current.Action;
    }
}

using ContainerKit.Oci;
using Xunit;

namespace ContainerKit.IntegrationTests.Operations;

public sealed class HealthTests(OperationsFixture fixture) : IClassFixture<OperationsFixture>
{
    private static readonly TimeSpan s_often = TimeSpan.FromMilliseconds(50);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_check_of_an_image_runs_in_the_container()
    {
        Image image = await fixture.Busybox.ImportAsync(new ExecutionConfiguration
        {
            Env = ["PATH=/bin"],
            Cmd = ["sleep", "1000"],
            HealthCheck = new HealthCheck { Test = ["CMD-SHELL", "echo checked; test -e /tmp/up"], Interval = s_often, Retries = 2 },
        });
        await using Container container = await fixture.StartAsync(ContainerSpec.FromImage(image));
        await using IAsyncEnumerator<ContainerKitEvent> events = fixture.Busybox.Engine.Events
            .ReadAsync(FilterSet.Empty.With("event", EventAction.HealthStatus).With("container", container.Id), cancellationToken: OperationsFixture.Bounded()).GetAsyncEnumerator(Token);

        Assert.Equal("unhealthy", await NextAsync(events));
        HealthInfo health = (await container.InspectAsync(Token)).Health!;
        Assert.Equal(HealthStatus.Unhealthy, health.Status);
        Assert.InRange(health.FailingStreak, 2, int.MaxValue);
        Assert.All(health.Log, result => Assert.Equal((1, "checked\n"), (result.ExitCode, result.Output)));
        await container.ExecAsync(["touch", "/tmp/up"], OperationsFixture.Bounded());
        Assert.Equal("healthy", await NextAsync(events));
        await container.WaitUntilHealthyAsync(OperationsFixture.Bounded());
        await container.KillAsync(cancellationToken: OperationsFixture.Bounded());
        Assert.Equal(HealthStatus.Unhealthy, (await container.InspectAsync(Token)).Health!.Status);
    }

    [Fact]
    public async Task A_check_that_takes_too_long_is_killed()
    {
        HealthProbe probe = HealthProbe.ForCommand("sleep", "1000") with { Interval = s_often, Timeout = s_often, Retries = 1 };
        await using Container container = await fixture.StartAsync(fixture.Busybox.Spec("sleep", "2000").WithHealthProbe(probe));
        InvalidStateException error = await Assert.ThrowsAsync<InvalidStateException>(() => container.WaitUntilHealthyAsync(OperationsFixture.Bounded()));
        Assert.Contains("unhealthy", error.Message, StringComparison.Ordinal);
        HealthProbeResult result = (await container.InspectAsync(Token)).Health!.Log[0];
        Assert.Equal(-1, result.ExitCode);
        Assert.Contains("timeout", result.Output, StringComparison.Ordinal);
    }

    private static async Task<string?> NextAsync(IAsyncEnumerator<ContainerKitEvent> events)
    {
        Assert.True(await events.MoveNextAsync());
        return events.Current.Detail;
    }
}

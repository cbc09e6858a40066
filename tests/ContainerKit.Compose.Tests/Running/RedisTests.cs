using ContainerKit.IntegrationTests.Programs;
using ContainerKit.Testing.Tests.Images;
using Xunit;

namespace ContainerKit.Compose.Tests.Running;

/// <summary>The usual example: an application and the redis that it needs, found by its name.</summary>
public sealed class RedisTests(BusyboxFixture busybox) : IClassFixture<BusyboxFixture>
{
    [Fact]
    public async Task Application_counts_in_the_redis_of_its_project_and_the_count_survives_down_and_up()
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(TimeSpan.FromMinutes(5));
        CancellationToken token = bound.Token;
        BusyboxFixture.RequireBusybox();
        Assert.SkipUnless(busybox.Engine.Networks.IsAvailable, $"missing capability: networks ({busybox.Engine.Networks.UnavailableReason})");
        try
        {
            await ServerImages.RedisAsync(busybox.Engine, "redis:7", token);
        }
        catch (PlatformNotSupportedException e)
        {
            Assert.Skip(e.Message);
        }

        ComposeProject project = await busybox.Engine.Compose.ParseAsync(
            """
            services:
              app:
                image: busybox:test
                command: sleep 1000
                init: true
                depends_on: { cache: { condition: service_healthy } }
              cache:
                image: redis:7
                command: redis-server --dir /data --appendonly yes --appendfsync always --bind 0.0.0.0 --protected-mode no
                volumes: ["data:/data"]
                healthcheck: { test: [CMD-SHELL, "printf 'PING\\r\\n' | nc -w 5 127.0.0.1 6379 | grep -q PONG"], interval: 100ms, start_period: 2m, start_interval: 100ms }
            volumes: { data: }
            """,
            new ComposeOptions { ProjectName = $"r{Environment.ProcessId}", ProjectDirectory = busybox.Directory },
            token);
        string[] increment = ["sh", "-c", "printf 'INCR visits\\r\\nQUIT\\r\\n' | busybox nc cache 6379"];

        await project.UpAsync(new ComposeUpOptions { Wait = true }, token);
        Assert.StartsWith(":1", (await project.ExecAsync("app", increment, token)).StandardOutput, StringComparison.Ordinal);
        await project.DownAsync(null, token);
        await project.UpAsync(new ComposeUpOptions { Wait = true }, token);
        Assert.StartsWith(":2", (await project.ExecAsync("app", increment, token)).StandardOutput, StringComparison.Ordinal);
        await project.DownAsync(new ComposeDownOptions { Volumes = true, StopTimeout = TimeSpan.Zero }, token);
    }
}

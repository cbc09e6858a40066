using System.Collections.Immutable;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.Compose.Tests.Running;

/// <summary>What options of <c>up</c> change, and what is kept when something fails.</summary>
public sealed class UpOptionTests(BusyboxFixture busybox) : IClassFixture<BusyboxFixture>
{
    private const string Sleeper = "image: busybox:test\n    command: sleep 1000\n    init: true\n    network_mode: none\n";

    private static int s_number;

    private readonly string _name = $"u{Environment.ProcessId}x{Interlocked.Increment(ref s_number)}";

    private static CancellationToken Token
    {
        get
        {
            var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            source.CancelAfter(TimeSpan.FromMinutes(3));
            return source.Token;
        }
    }

    [Fact]
    public async Task Replacement_that_cannot_be_created_leaves_the_old_container_running()
    {
        ComposeProject project = await UpAsync($"services:\n  web:\n    {Sleeper}");
        Container old = await project.GetContainerAsync("web", 1, Token);

        // Below a file there is no place for another one.
        ComposeProject broken = await LoadAsync($"services:\n  web:\n    {Sleeper}    configs: [{{ source: c, target: /etc/passwd/c, mode: 0400 }}]\nconfigs: {{ c: {{ content: x }} }}\n");
        await Assert.ThrowsAnyAsync<Exception>(() => broken.UpAsync(new ComposeUpOptions { StopTimeout = TimeSpan.Zero }, Token));

        ComposeContainer left = Assert.Single(await project.ListContainersAsync(Token));
        Assert.Equal((old.Id, $"{_name}-web-1", ContainerStatus.Running), (left.Info.Id, left.Info.Name, left.Info.Status));
        await DownAsync(project);
    }

    [Fact]
    public async Task What_a_killed_replacement_left_is_put_in_order()
    {
        ComposeProject project = await UpAsync($"services:\n  web:\n    {Sleeper}");
        Container first = await project.GetContainerAsync("web", 1, Token);

        // Killed before the old one was removed: two of one number. The one with the name stays.
        ContainerSpec twin = first.Spec.WithName($"{first.ShortId}_{_name}-web-1");
        await busybox.Engine.Containers.CreateAsync(twin, Token);
        await UpAsync(project);
        Assert.Equal(first.Id, Assert.Single(await project.ListContainersAsync(Token)).Info.Id);

        // Killed between the removal and the name: it gets the name by being replaced.
        await first.RenameAsync($"0123456789ab_{_name}-web-1", Token);
        await UpAsync(project);
        ComposeContainer only = Assert.Single(await project.ListContainersAsync(Token));
        Assert.Equal(($"{_name}-web-1", ContainerStatus.Running), (only.Info.Name, only.Info.Status));
        await DownAsync(project);
    }

    [Fact]
    public async Task Containers_are_replaced_always_or_never_on_demand()
    {
        ComposeProject project = await UpAsync($"services:\n  web:\n    {Sleeper}");
        string first = (await project.GetContainerAsync("web", 1, Token)).Id;

        ComposeProject changed = await LoadAsync($"services:\n  web:\n    {Sleeper}    environment: {{ A: b }}\n");
        await UpAsync(changed, new ComposeUpOptions { NoRecreate = true });
        Assert.Equal(first, (await changed.GetContainerAsync("web", 1, Token)).Id);
        await UpAsync(project, new ComposeUpOptions { ForceRecreate = true });
        Assert.NotEqual(first, (await project.GetContainerAsync("web", 1, Token)).Id);
        await DownAsync(project);
    }

    [Fact]
    public async Task Containers_are_only_created_on_demand_and_started_by_the_next_call()
    {
        ComposeProject project = await UpAsync($"services:\n  web:\n    {Sleeper}", new ComposeUpOptions { NoStart = true });
        Assert.Equal(ContainerStatus.Created, Assert.Single(await project.ListContainersAsync(Token)).Info.Status);
        await UpAsync(project);
        Assert.Equal(ContainerStatus.Running, Assert.Single(await project.ListContainersAsync(Token)).Info.Status);

        DateTimeOffset? before = Assert.Single(await project.ListContainersAsync(Token)).Info.StartedAt;
        await project.RestartAsync(["web"], TimeSpan.Zero, cancellationToken: Token);
        Assert.NotEqual(before, Assert.Single(await project.ListContainersAsync(Token)).Info.StartedAt);
        await DownAsync(project);
    }

    [Fact]
    public async Task Waiting_ends_when_all_are_healthy_and_fails_with_one_that_failed()
    {
        ComposeProject project = await UpAsync(
            $"services:\n  web:\n    {Sleeper}    healthcheck: {{ test: [CMD, 'true'], interval: 100ms }}\n", new ComposeUpOptions { Wait = true });
        Assert.Equal(HealthStatus.Healthy, Assert.Single(await project.ListContainersAsync(Token)).Info.Health?.Status);
        await DownAsync(project);

        ComposeProject failing = await LoadAsync("services:\n  job: { image: 'busybox:test', command: sh -c 'exit 4', network_mode: none }\n  web:\n    "
            + $"{Sleeper}    depends_on: {{ job: {{ condition: service_completed_successfully, required: true }} }}\n");
        InvalidStateException e = await Assert.ThrowsAsync<InvalidStateException>(() => failing.UpAsync(new ComposeUpOptions { Wait = true }, Token));
        Assert.Contains("exit code 4", e.Message, StringComparison.Ordinal);
        await DownAsync(failing);
    }

    [Fact]
    public async Task Numbers_of_containers_follow_the_scale_up_and_down()
    {
        ComposeProject project = await UpAsync($"services:\n  web:\n    {Sleeper}    scale: 2\n");
        Assert.Equal([1, 2], (await project.ListContainersAsync(Token)).Select(container => container.Number));
        await UpAsync(project, new ComposeUpOptions { Scale = ImmutableSortedDictionary<string, int>.Empty.Add("web", 3) });
        Assert.Equal([1, 2, 3], (await project.ListContainersAsync(Token)).Select(container => container.Number));
        await UpAsync(project, new ComposeUpOptions { Scale = ImmutableSortedDictionary<string, int>.Empty.Add("web", 0) });
        Assert.Empty(await project.ListContainersAsync(Token));
        await DownAsync(project);
    }

    private Task<ComposeProject> LoadAsync(string yaml)
    {
        BusyboxFixture.RequireBusybox();
        return busybox.Engine.Compose.ParseAsync(yaml, new ComposeOptions { ProjectName = _name, ProjectDirectory = busybox.Directory }, Token);
    }

    private async Task<ComposeProject> UpAsync(string yaml, ComposeUpOptions? options = null)
    {
        ComposeProject project = await LoadAsync(yaml);
        await UpAsync(project, options);
        return project;
    }

    private static Task UpAsync(ComposeProject project, ComposeUpOptions? options = null)
        => project.UpAsync((options ?? new ComposeUpOptions()) with { StopTimeout = TimeSpan.Zero }, Token);

    private static Task DownAsync(ComposeProject project) => project.DownAsync(new ComposeDownOptions { StopTimeout = TimeSpan.Zero }, Token);
}

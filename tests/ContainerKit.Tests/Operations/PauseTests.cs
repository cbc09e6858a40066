using ContainerKit.Tests.Containers;
using Xunit;

namespace ContainerKit.Tests.Operations;

public class PauseTests : OperationsTest
{
    [Fact]
    public async Task A_paused_container_says_so_and_continues()
    {
        await using Container container = await Containers.StartAsync(Spec, Token);
        await using IAsyncEnumerator<ContainerKitEvent> events = Listen();
        await container.PauseAsync(Token);
        Assert.True(Runtime.Resources[container.Id].IsFrozen);
        ContainerInfo info = await container.InspectAsync(Token);
        Assert.Equal((ContainerStatus.Paused, Runtime.LastProcess.Identity.Pid), (info.Status, info.ProcessId));
        Assert.Equal(ContainerStatus.Paused, Assert.Single(await Containers.ListAsync(Token)).Status);
        await container.UnpauseAsync(Token);
        Assert.False(Runtime.Resources[container.Id].IsFrozen);
        Assert.Equal(ContainerStatus.Running, (await container.InspectAsync(Token)).Status);
        await ExpectAsync(events, EventAction.Pause, EventAction.Unpause);
    }

    [Fact]
    public async Task Operations_that_pausing_forbids_name_it()
    {
        Container container = await Containers.CreateAsync(Spec, Token);
        await Refuses(() => container.PauseAsync(Token), "Can't pause", "it is created");
        await container.StartAsync(Token);
        await Refuses(() => container.UnpauseAsync(Token), "Can't unpause", "it is running");
        await container.PauseAsync(Token);
        await Refuses(() => container.PauseAsync(Token), "Can't pause", "it is paused");
        await Refuses(() => container.ExecAsync(["id"], Token), "Can't execute in", "it is paused");
        await Refuses(() => container.StartAsync(Token), "Can't start", "it is paused");
        await Refuses(() => container.RemoveAsync(cancellationToken: Token), "Can't remove", "it is paused");

        static async Task Refuses(Func<Task> action, params string[] words)
        {
            InvalidStateException error = await Assert.ThrowsAsync<InvalidStateException>(action);
            Assert.All(words, word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("kill")]
    [InlineData("remove")]
    [InlineData("dispose")]
    public async Task What_ends_a_paused_container_wakes_it_up(string how)
    {
        Container container = await Containers.CreateAsync(Spec, Token);
        await container.StartAsync(Token);
        await container.PauseAsync(Token);
        FakeResources resources = Runtime.Resources[container.Id];
        await Bounded(how switch
        {
            "stop" => container.StopAsync(TimeSpan.Zero, Token),
            "kill" => container.KillAsync(cancellationToken: Token),
            "remove" => container.RemoveAsync(force: true, Token),
            _ => Engine.DisposeAsync().AsTask(),
        });
        Assert.False(resources.IsFrozen);
        Assert.Equal([9], Runtime.LastProcess.Signals);
    }

    [Fact]
    public async Task Another_signal_waits_in_a_paused_container()
    {
        await using Container container = await Containers.StartAsync(Spec, Token);
        await container.PauseAsync(Token);
        await container.KillAsync("SIGHUP", Token);
        Assert.True(Runtime.Resources[container.Id].IsFrozen);
        Assert.Equal([1], Runtime.LastProcess.Signals);
    }

    [Fact]
    public async Task A_failed_pause_leaves_a_running_container()
    {
        await using Container container = await Containers.StartAsync(Spec, Token);
        Runtime.OpenResources(container.Id, default);
        Runtime.Resources[container.Id].OnFreeze = _ => throw new UnsupportedException("no cgroup");
        await Assert.ThrowsAsync<UnsupportedException>(() => container.PauseAsync(Token));
        using var cancel = new CancellationTokenSource();
        Runtime.Resources[container.Id].OnFreeze = async token =>
        {
            await cancel.CancelAsync();
            await Task.Delay(Timeout.Infinite, token);
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => container.PauseAsync(cancel.Token));
        Assert.Equal(ContainerStatus.Running, (await container.InspectAsync(Token)).Status);
    }

    [Fact]
    public async Task A_pause_that_takes_long_does_not_keep_the_engine_from_closing()
    {
        Container container = await Containers.CreateAsync(Spec, Token);
        await container.StartAsync(Token);
        Runtime.OpenResources(container.Id, default);
        var begun = new TaskCompletionSource();
        Runtime.Resources[container.Id].OnFreeze = async token =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, token);
        };
        Task pause = container.PauseAsync(Token);
        await begun.Task;
        await Bounded(Engine.DisposeAsync().AsTask());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pause);
    }

    [Fact]
    public async Task A_paused_container_of_a_dead_engine_is_exited()
    {
        Container container = await Containers.CreateAsync(Spec.WithName("box"), Token);
        await container.StartAsync(Token);
        await container.PauseAsync(Token);
        ContainerEngine next = await OpenAsync(new FakeRuntime(), CopyRoot());
        ContainerInfo info = await (await next.Containers.GetAsync("box", Token)).InspectAsync(Token);
        Assert.Equal((ContainerStatus.Exited, 137), (info.Status, info.ExitStatus!.Value.ExitCode));
    }
}

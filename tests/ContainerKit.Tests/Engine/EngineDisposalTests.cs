using ContainerKit.Tests.Containers;
using Xunit;

namespace ContainerKit.Tests.Engine;

public class EngineDisposalTests : EngineTest
{
    [Fact]
    public async Task Disposing_kills_what_runs_removes_what_is_owned_and_keeps_the_rest()
    {
        Container kept = await Containers.CreateAsync(Spec.WithName("kept"), Token);
        await kept.StartAsync(Token);
        Container owned = await Containers.StartAsync(Spec, Token);
        await Containers.CreateAsync(Spec.WithAutoRemove(), Token);
        Task<ExitStatus> exit = kept.WaitAsync(Token);
        await Engine.DisposeAsync();
        await Engine.DisposeAsync();
        Assert.Equal(137, (await exit).ExitCode);
        Assert.All(Runtime.Processes, process => Assert.Equal([9], process.Signals));
        Assert.True(Runtime.IsDisposed);
        Assert.Equal([kept.Id, "names/kept"], ListFiles());
        await owned.DisposeAsync();

        ContainerEngine next = await OpenAsync(new FakeRuntime());
        Container found = await next.Containers.GetAsync("kept", Token);
        Assert.Equal(ContainerStatus.Exited, (await found.InspectAsync(Token)).Status);
        await found.RemoveAsync(cancellationToken: Token);
    }

    [Fact]
    public async Task A_disposed_engine_refuses_new_work()
    {
        await Engine.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Containers.CreateAsync(Spec, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Containers.StartAsync(Spec, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Containers.ListAsync(Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Containers.FindAsync("x", Token));
    }

    [Fact]
    public async Task Disposing_during_a_start_undoes_the_start()
    {
        var begun = new TaskCompletionSource();
        Runtime.BeforeStart = async token =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, token);
        };
        Task<Container> start = Containers.StartAsync(Spec, Token);
        await begun.Task;
        await Engine.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => start);
        Assert.Empty(ListFiles());
    }

    [Fact]
    public async Task Disposing_amid_many_starts_leaves_nothing()
    {
        Runtime.BeforeStart = async _ => await Task.Yield();
        Task[] starts = [.. Enumerable.Range(0, 50).Select(_ => Task.Run(() => Containers.StartAsync(Spec, Token), Token))];
        await Task.WhenAny(starts);
        await Engine.DisposeAsync();
        await Task.WhenAll(starts).ContinueWith(_ => { }, Token, TaskContinuationOptions.None, TaskScheduler.Default);
        Assert.All(starts.Where(start => start.IsFaulted), start => Assert.IsType<ObjectDisposedException>(start.Exception!.InnerException));
        Assert.All(Runtime.Processes, process => Assert.True(process.Exited.IsCompleted));
        Assert.Empty(ListFiles());
    }

    [Fact]
    public async Task Waiting_for_what_was_never_started_ends_with_the_engine()
    {
        Container container = await Containers.CreateAsync(Spec.WithAutoRemove(), Token);
        Task<ExitStatus> exit = container.WaitAsync(Token);
        await Engine.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => exit);
    }
}

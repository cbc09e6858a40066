using ContainerKit.Containers.State;
using Xunit;

namespace ContainerKit.Tests.Containers;

public class NameTests : EngineTest
{
    [Fact]
    public async Task A_name_is_unique_across_engines_until_its_container_is_removed()
    {
        Container first = await Containers.CreateAsync(Spec.WithName("box"), Token);
        ContainerEngine other = await OpenAsync(new FakeRuntime());
        ConflictException error = await Assert.ThrowsAsync<ConflictException>(() => other.Containers.CreateAsync(Spec.WithName("box"), Token));
        Assert.Contains(first.ShortId, error.Message, StringComparison.Ordinal);
        Assert.Equal(2, ListFiles().Length);
        await first.RemoveAsync(cancellationToken: Token);
        await other.Containers.CreateAsync(Spec.WithName("box"), Token);
    }

    [Fact]
    public async Task One_of_many_gets_a_name()
    {
        ContainerEngine other = await OpenAsync(new FakeRuntime());
        Task<Container>[] tasks = [.. Enumerable.Range(0, 20).Select(i => Task.Run(() => (i % 2 == 0 ? Engine : other).Containers.CreateAsync(Spec.WithName("box"), Token), Token))];
        await Task.WhenAll(tasks).ContinueWith(_ => { }, Token, TaskContinuationOptions.None, TaskScheduler.Default);
        _ = Assert.Single(tasks, task => task.IsCompletedSuccessfully);
        Assert.All(tasks.Where(task => task.IsFaulted), task => Assert.IsType<ConflictException>(task.Exception!.InnerException));
        Assert.Equal(2, ListFiles().Length);
    }

    [Fact]
    public async Task A_name_whose_container_is_gone_is_free()
    {
        Container first = await Containers.CreateAsync(Spec.WithName("box"), Token);
        Directory.Delete(Path.Combine(ContainersDirectory, first.Id), recursive: true);
        Container second = await Containers.CreateAsync(Spec.WithName("box"), Token);
        Assert.Equal(second.Id, (await Containers.GetAsync("box", Token)).Id);
    }

    [Fact]
    public async Task Containers_are_found_by_id_name_and_the_beginning_of_the_id()
    {
        Container[] all = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Containers.CreateAsync(Spec, Token)));
        Container one = all[7];
        Assert.Equal(one.Id, (await Containers.GetAsync(one.Id, Token)).Id);
        Assert.Equal(one.Id, (await Containers.GetAsync(one.Name, Token)).Id);
        Assert.Equal(one.Id, (await Containers.GetAsync(one.ShortId, Token)).Id);
        char shared = all.GroupBy(container => container.Id[0]).First(group => group.Count() > 1).Key;
        await Assert.ThrowsAsync<ConflictException>(() => Containers.GetAsync(shared.ToString(), Token));
        await Assert.ThrowsAsync<NotFoundException>(() => Containers.GetAsync("nobody", Token));
        Assert.Null(await Containers.FindAsync("../../etc", Token));
        Assert.Equal(all.Select(container => container.Id).Order(StringComparer.Ordinal), (await Containers.ListAsync(Token)).Select(info => info.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_is_owned_by_a_handle_is_found_by_its_generated_name_too()
    {
        await using Container container = await Containers.StartAsync(Spec, Token);
        Assert.True(ContainerName.IsValid(container.Name));
        ContainerEngine other = await OpenAsync(new FakeRuntime());
        Assert.Equal(container.Id, (await Containers.GetAsync(container.Name, Token)).Id);
        Assert.Equal(container.Id, (await other.Containers.GetAsync(container.Name, Token)).Id);
        Assert.Null(await other.Containers.FindAsync("other_name_" + container.Id[..8], Token));
        await Assert.ThrowsAsync<ConflictException>(() => other.Containers.CreateAsync(Spec.WithName(container.Name), Token));
    }

    [Fact]
    public void Generated_names_follow_the_rule()
    {
        Assert.All(Enumerable.Range(0, 20), attempt => Assert.True(ContainerName.IsValid(ContainerName.Generate(attempt))));
        Assert.False(ContainerName.IsValid("a"));
        Assert.False(ContainerName.IsValid("..x"));
        Assert.False(ContainerName.IsValid("a/b"));
        Assert.False(ContainerName.IsValid(new string('a', 256)));
    }
}

using ContainerKit.Tests.Containers;
using Xunit;

namespace ContainerKit.Tests.Operations;

/// <summary>Restart by a caller, renaming, updating.</summary>
public class ChangeTests : OperationsTest
{
    [Fact]
    public async Task A_restart_stops_and_starts()
    {
        Container container = await Containers.CreateAsync(Spec.WithRestartPolicy(RestartPolicy.Always), Token);
        await container.StartAsync(Token);
        await using IAsyncEnumerator<ContainerKitEvent> events = Listen();
        await container.RestartAsync(TimeSpan.Zero, Token);
        await ExpectAsync(events, EventAction.Kill, EventAction.Die, EventAction.Stop, EventAction.Start, EventAction.Restart);
        Assert.Equal(2, Runtime.Processes.Count);
        Assert.Equal((ContainerStatus.Running, 0), ((await container.InspectAsync(Token)).Status, (await container.InspectAsync(Token)).RestartCount));

        // The policy counts again.
        Runtime.LastProcess.Exit(1);
        await ExpectAsync(events, EventAction.Die);
        Assert.Equal(ContainerStatus.Restarting, (await container.InspectAsync(Token)).Status);
    }

    [Fact]
    public async Task A_restart_starts_what_does_not_run()
    {
        Container container = await Containers.CreateAsync(Spec, Token);
        await container.RestartAsync(cancellationToken: Token);
        Assert.Equal(ContainerStatus.Running, (await container.InspectAsync(Token)).Status);
    }

    [Fact]
    public async Task A_restart_keeps_what_removes_itself_until_it_ends_on_its_own()
    {
        Container container = await Containers.CreateAsync(Spec.WithAutoRemove(), Token);
        await container.StartAsync(Token);
        await container.RestartAsync(TimeSpan.Zero, Token);
        Assert.Equal(ContainerStatus.Running, (await container.InspectAsync(Token)).Status);
        Task<ExitStatus> removed = container.WaitAsync(WaitCondition.Removed, Token);
        Runtime.LastProcess.Exit(4);
        Assert.Equal(4, (await Bounded(removed)).ExitCode);
        Assert.Empty(ListFiles());
    }

    [Fact]
    public async Task A_renamed_container_is_found_by_its_new_name_only_and_frees_the_old_one()
    {
        Container container = await Containers.CreateAsync(Spec.WithName("old"), Token);
        await using IAsyncEnumerator<ContainerKitEvent> events = Listen();
        await container.RenameAsync("new", Token);
        Assert.Equal(("new", "new"), (container.Name, (await container.InspectAsync(Token)).Name));
        ContainerKitEvent renamed = await ExpectAsync(events, EventAction.Rename);
        Assert.Equal(("old", "new"), (renamed.Attributes["oldName"], renamed.Attributes["name"]));
        Assert.Null(await Containers.FindAsync("old", Token));
        Assert.Equal(container.Id, (await Containers.GetAsync("new", Token)).Id);
        await Containers.CreateAsync(Spec.WithName("old"), Token);
        await container.RemoveAsync(cancellationToken: Token);
        Assert.Contains("names/old", ListFiles());
        Assert.DoesNotContain("names/new", ListFiles());
    }

    [Fact]
    public async Task Running_and_handle_owned_containers_are_renamed_too()
    {
        await using Container container = await Containers.StartAsync(Spec, Token);
        string old = container.Name;
        await container.RenameAsync("box", Token);
        Assert.Null(await Containers.FindAsync(old, Token));
        Assert.Equal((container.Id, ContainerStatus.Running), ((await Containers.GetAsync("box", Token)).Id, (await container.InspectAsync(Token)).Status));

        // What another engine sees of it.
        ContainerEngine other = await OpenAsync(new FakeRuntime());
        ContainerInfo seen = Assert.Single(await other.Containers.ListAsync(Token));
        Assert.Equal(("box", ContainerStatus.Running), (seen.Name, seen.Status));
    }

    [Fact]
    public async Task Renaming_by_another_engine_is_seen()
    {
        Container container = await Containers.CreateAsync(Spec.WithName("old"), Token);
        ContainerEngine other = await OpenAsync(new FakeRuntime());
        await (await other.Containers.GetAsync("old", Token)).RenameAsync("new", Token);
        Assert.Equal("new", (await container.InspectAsync(Token)).Name);
        Assert.Equal("new", (await Containers.GetAsync("new", Token)).Name);
        await container.StartAsync(Token);
        await Assert.ThrowsAsync<ConflictException>(async () => await (await other.Containers.GetAsync("new", Token)).RenameAsync("third", Token));
    }

    [Fact]
    public async Task Names_that_are_taken_or_not_allowed_change_nothing()
    {
        await Containers.CreateAsync(Spec.WithName("taken"), Token);
        Container container = await Containers.CreateAsync(Spec.WithName("box"), Token);
        await Assert.ThrowsAsync<ConflictException>(() => container.RenameAsync("taken", Token));
        Assert.Contains("'/box'", (await Assert.ThrowsAsync<ArgumentException>(() => container.RenameAsync("/box", Token))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => container.RenameAsync("box", Token));
        Assert.Equal("box", (await container.InspectAsync(Token)).Name);
    }

    [Fact]
    public async Task One_of_many_that_want_a_name_gets_it()
    {
        List<Container> containers = [];
        for (int i = 0; i < 10; i++)
            containers.Add(await Containers.CreateAsync(Spec, Token));
        Task[] renames = [.. containers.Select(container => Task.Run(() => container.RenameAsync("wanted", Token), Token))];
        await Task.WhenAll(renames).ContinueWith(_ => { }, Token, TaskContinuationOptions.None, TaskScheduler.Default);
        Assert.Equal(1, renames.Count(rename => rename.IsCompletedSuccessfully));
        Assert.All(renames.Where(rename => rename.IsFaulted), rename => Assert.IsType<ConflictException>(rename.Exception!.InnerException));
        Assert.Equal(10, ListFiles().Count(file => file.StartsWith("names/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Limits_of_a_running_container_change_at_once_and_stay()
    {
        Container container = await Containers.CreateAsync(Spec.WithName("box").WithMemoryLimit(ByteSize.MiB(100)), Token);
        await container.StartAsync(Token);
        await using IAsyncEnumerator<ContainerKitEvent> events = Listen();
        await container.UpdateAsync(spec => spec.WithMemoryLimit(ByteSize.MiB(50)).WithCpuLimit(0.5).WithPidsLimit(9), Token);
        Assert.Equal((50L << 20, 0.5, 9L), Assert.Single(Runtime.Resources[container.Id].Limits.Select(spec => (spec.MemoryLimit, spec.CpuLimit, spec.PidsLimit))));
        await ExpectAsync(events, EventAction.Update);
        await container.UpdateAsync(spec => spec with { MemoryLimit = null }, Token);
        Assert.Equal((null, 0.5, 9L), Runtime.Resources[container.Id].Limits.Select(spec => (spec.MemoryLimit, spec.CpuLimit, spec.PidsLimit)).Last());
        await container.KillAsync(cancellationToken: Token);
        await container.StartAsync(Token);
        Assert.Equal((null, 0.5, 9L), (Runtime.Started.Last().MemoryLimit, Runtime.Started.Last().CpuLimit, Runtime.Started.Last().PidsLimit));
        ContainerEngine next = await OpenAsync(new FakeRuntime(), CopyRoot());
        Assert.Equal(9, (await next.Containers.GetAsync("box", Token)).Spec.PidsLimit);
    }

    [Fact]
    public async Task Limits_that_are_refused_change_nothing()
    {
        Container container = await Containers.CreateAsync(Spec.WithMemoryLimit(ByteSize.MiB(100)), Token);
        await container.StartAsync(Token);
        Runtime.OpenResources(container.Id, default);
        FakeResources resources = Runtime.Resources[container.Id];
        resources.OnLimits = spec => throw (spec.MemoryLimit == 10 << 20 ? new InvalidStateException("uses more") : new InvalidOperationException("other limits"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => container.UpdateAsync(spec => spec.WithMemoryLimit(ByteSize.MiB(10)), Token));
        resources.OnLimits = spec =>
        {
            if (spec.MemoryLimit == 10 << 20)
                throw new InvalidStateException("uses more");
        };
        await Assert.ThrowsAsync<InvalidStateException>(() => container.UpdateAsync(spec => spec.WithMemoryLimit(ByteSize.MiB(10)), Token));
        Assert.Equal(100 << 20, Assert.Single(resources.Limits).MemoryLimit);
        Assert.Contains("MemoryLimit", (await Assert.ThrowsAsync<ArgumentException>(() => container.UpdateAsync(spec => spec.WithMemoryLimit(ByteSize.MiB(1)), Token))).Message, StringComparison.Ordinal);
        Assert.Contains("RestartPolicy", (await Assert.ThrowsAsync<ArgumentException>(() => container.UpdateAsync(spec => spec.WithHostname("other"), Token))).Message, StringComparison.Ordinal);
        Assert.Equal(ByteSize.MiB(100), (await container.InspectAsync(Token)).Spec.MemoryLimit);
    }

    [Fact]
    public async Task A_changed_restart_policy_counts_at_the_next_end()
    {
        Container container = await Containers.CreateAsync(Spec, Token);
        await container.StartAsync(Token);
        await container.UpdateAsync(spec => spec.WithRestartPolicy(RestartPolicy.OnFailure()), Token);
        await using IAsyncEnumerator<ContainerKitEvent> events = Listen();
        Runtime.LastProcess.Exit(1);
        await ExpectAsync(events, EventAction.Die);
        Assert.Equal(ContainerStatus.Restarting, (await container.InspectAsync(Token)).Status);
        await container.UpdateAsync(spec => spec.WithRestartPolicy(RestartPolicy.No), Token);
        await Bounded(Time.PassAsync(TimeSpan.FromMilliseconds(100), Token));
        await ExpectAsync(events, EventAction.Update, EventAction.Start);
        Runtime.LastProcess.Exit(1);
        await Bounded(container.WaitAsync(Token));
    }
}

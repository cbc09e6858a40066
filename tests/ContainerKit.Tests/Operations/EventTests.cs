using ContainerKit.Events;
using Xunit;

namespace ContainerKit.Tests.Operations;

public class EventTests : OperationsTest
{
    [Fact]
    public async Task The_life_of_a_container_is_told_in_order()
    {
        await using IAsyncEnumerator<ContainerKitEvent> events = Engine.Events.GetAsyncEnumerator(Token);
        Container container = await Containers.CreateAsync(Spec.WithName("box").WithLabel("stage", "test"), Token);
        await container.StartAsync(Token);
        await container.KillAsync("SIGHUP", Token);
        await using (ExecSession exec = await container.OpenExecAsync(ExecSpec.ForCommand("id", "-u"), Token))
        {
            Runtime.LastProcess.Exit(4);
            await exec.WaitAsync(Token);
        }

        await ExpectAsync(events, EventAction.Create, EventAction.Start);
        Assert.Equal("1", (await ExpectAsync(events, EventAction.Kill)).Attributes["signal"]);
        ContainerKitEvent created = await ExpectAsync(events, EventAction.ExecCreate);
        Assert.Equal(("id -u", "box", "image", "test"), (created.Detail, created.Attributes["name"], created.Attributes["image"], created.Attributes["stage"]));
        await ExpectAsync(events, EventAction.ExecStart);
        ContainerKitEvent ended = await ExpectAsync(events, EventAction.ExecDie);
        Assert.Equal(("4", created.Attributes["execID"]), (ended.Attributes["exitCode"], ended.Attributes["execID"]));

        await container.StopAsync(TimeSpan.Zero, Token);
        await container.RemoveAsync(cancellationToken: Token);
        Assert.Equal("9", (await ExpectAsync(events, EventAction.Kill)).Attributes["signal"]);
        ContainerKitEvent died = await ExpectAsync(events, EventAction.Die);
        Assert.Equal(("137", EventKind.Container, container.Id), (died.Attributes["exitCode"], died.Kind, died.ActorId));
        await ExpectAsync(events, EventAction.Stop, EventAction.Destroy);
        Assert.Equal(10, events.Current.Sequence);
    }

    [Fact]
    public async Task A_container_that_removes_itself_dies_before_it_goes()
    {
        await using IAsyncEnumerator<ContainerKitEvent> events = Listen();
        await (await Containers.CreateAsync(Spec.WithAutoRemove(), Token)).StartAsync(Token);
        Runtime.LastProcess.Exit(0);
        await ExpectAsync(events, EventAction.Create, EventAction.Start, EventAction.Die, EventAction.Destroy);
    }

    [Fact]
    public async Task Want_of_memory_is_told_before_the_end()
    {
        await using IAsyncEnumerator<ContainerKitEvent> events = Listen();
        await using Container container = await Containers.StartAsync(Spec.WithMemoryLimit(ByteSize.MiB(10)), Token);
        Runtime.OpenResources(container.Id, default);
        Runtime.Resources[container.Id].OutOfMemoryKills = 1;
        Runtime.LastProcess.Exit(ExitStatus.FromSignal(9));
        await ExpectAsync(events, EventAction.Create, EventAction.Start, EventAction.OutOfMemory, EventAction.Die);
        Assert.True((await container.InspectAsync(Token)).OutOfMemory);
    }

    [Fact]
    public async Task Filters_select_events()
    {
        EventLog log = new(Time);
        Publish(log, EventKind.Container, "start", "aaaa1111", ("name", "one"), ("image", "registry:5000/alpine:3.20"), ("stage", "test"));
        Publish(log, EventKind.Container, "die", "bbbb2222", ("name", "two"), ("image", "busybox"));
        Publish(log, EventKind.Image, "tag", "sha256:cccc", ("name", "registry:5000/alpine:3.20"));
        log.Publish(EventKind.Container, "health_status", "aaaa1111", () => new Dictionary<string, string> { ["name"] = "one" }, "healthy");
        log.Close();

        Assert.Equal("start die tag health_status", await Selected());
        Assert.Equal("start die health_status", await Selected(("type", "container")));
        Assert.Equal("tag", await Selected(("type", "image")));
        Assert.Equal("start die", await Selected(("event", "start"), ("event", "die")));
        Assert.Equal("health_status", await Selected(("event", "health_status")));
        Assert.Equal("health_status", await Selected(("event", "health_status: healthy")));
        Assert.Equal("", await Selected(("event", "health_status: unhealthy")));
        Assert.Equal("start health_status", await Selected(("container", "one")));
        Assert.Equal("die", await Selected(("container", "bbbb")));
        Assert.Equal("start tag", await Selected(("image", "registry:5000/alpine")));
        Assert.Equal("die", await Selected(("image", "busybox")));
        Assert.Equal("tag", await Selected(("image", "sha256:cccc")));
        Assert.Equal("start", await Selected(("label", "stage=test"), ("label", "stage")));
        Assert.Equal("start die tag health_status", await Selected(("scope", "local")));
        Assert.Contains("'colour'", Assert.Throws<ArgumentException>(() => new EventMatcher(FilterSet.Empty.With("colour", "blue"))).Message, StringComparison.Ordinal);
        Assert.Contains("'plugin'", Assert.Throws<ArgumentException>(() => new EventMatcher(FilterSet.Empty.With("type", "plugin"))).Message, StringComparison.Ordinal);

        async Task<string> Selected(params (string Name, string Value)[] filters)
        {
            var matcher = new EventMatcher(filters.Aggregate(FilterSet.Empty, (set, filter) => set.With(filter.Name, filter.Value)));
            return string.Join(' ', await log.ReadAsync(matcher, DateTimeOffset.MinValue, null, Token).Select(happened => happened.Action).ToListAsync(Token));
        }
    }

    [Fact]
    public async Task Since_gives_past_events_and_a_past_until_ends_at_once()
    {
        EventLog log = new(Time);
        DateTimeOffset start = Time.GetUtcNow();
        for (int i = 0; i < 5; i++)
        {
            Publish(log, EventKind.Container, $"e{i}", "x");
            Time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal("e2 e3", await Read(start.AddMinutes(2), start.AddMinutes(3)));
        Assert.Equal("e0 e1 e2 e3 e4", await Read(DateTimeOffset.MinValue, Time.GetUtcNow()));
        Assert.Equal("", await Read(null, Time.GetUtcNow()));

        // One in the future ends when that comes, and takes what comes before.
        IAsyncEnumerator<ContainerKitEvent> events = log.ReadAsync(Everything(), null, Time.GetUtcNow().AddMinutes(10), Token).GetAsyncEnumerator(Token);
        ValueTask<bool> next = events.MoveNextAsync();
        Publish(log, EventKind.Container, "e5", "x");
        Assert.True(await Bounded(next.AsTask()));
        Task<bool> last = events.MoveNextAsync().AsTask();
        await Bounded(Time.PassAsync(TimeSpan.FromMinutes(10), Token));
        Assert.False(await Bounded(last));

        async Task<string> Read(DateTimeOffset? since, DateTimeOffset? until)
            => string.Join(' ', await log.ReadAsync(Everything(), since, until, Token).Select(happened => happened.Action).ToListAsync(Token));
    }

    [Fact]
    public async Task Only_so_many_events_are_kept_and_a_reader_that_falls_behind_is_told()
    {
        EventLog log = new(Time);
        DateTimeOffset start = Time.GetUtcNow();
        IAsyncEnumerable<ContainerKitEvent> slow = log.ReadAsync(Everything(), null, null, Token);
        for (int i = 1; i <= EventLog.Capacity + 10; i++)
            Publish(log, EventKind.Container, "e", "x");
        List<ContainerKitEvent> kept = await log.ReadAsync(Everything(), start, start, Token).ToListAsync(Token);
        Assert.Equal((EventLog.Capacity, 11L, EventLog.Capacity + 10L), (kept.Count, kept[0].Sequence, kept[^1].Sequence));
        IOException error = await Assert.ThrowsAsync<IOException>(async () => await slow.FirstAsync(Token));
        Assert.Contains("10 are lost", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_writers_and_readers_lose_nothing()
    {
        const int Writers = 4, Each = 500;
        EventLog log = new(TimeProvider.System);
        Task<List<ContainerKitEvent>>[] readers = [.. Enumerable.Range(0, 3).Select(_ => log.ReadAsync(Everything(), null, null, Token))
            .ToList().Select(events => Task.Run(async () => await events.Take(Writers * Each).ToListAsync(Token), Token))];
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < Each; i++)
                Publish(log, EventKind.Container, "e", "x");
        }, Token)));
        foreach (Task<List<ContainerKitEvent>> reader in readers)
            Assert.Equal(Enumerable.Range(1, Writers * Each).Select(number => (long)number), (await Bounded(reader)).Select(happened => happened.Sequence));
    }

    [Fact]
    public async Task Disposing_the_engine_ends_its_events()
    {
        await using IAsyncEnumerator<ContainerKitEvent> events = Listen();
        Task<bool> next = events.MoveNextAsync().AsTask();
        await Engine.DisposeAsync();
        Assert.False(await Bounded(next));
    }

    private static EventMatcher Everything() => new(FilterSet.Empty);

    private static void Publish(EventLog log, EventKind kind, string action, string id, params (string Name, string Value)[] attributes)
        => log.Publish(kind, action, id, () => attributes.ToDictionary(each => each.Name, each => each.Value));
}

using ContainerKit.Filters;
using Xunit;

namespace ContainerKit.Tests.Operations;

/// <summary>Listing and pruning by filters.</summary>
public class FilterTests : OperationsTest
{
    [Fact]
    public async Task Every_filter_selects_what_it_says()
    {
        Images.Image = Images.Image with { ExposedPorts = ["80/tcp", "53/udp"] };
        Container first = await CreateAsync(Spec.WithName("first").WithLabel("stage", "test").WithLabel("team", "a"));
        Container second = await CreateAsync(Spec.WithName("second").WithLabel("stage", "live").WithTmpfs("/cache").WithNetwork(NetworkMode.Host));
        await second.StartAsync(Token);
        Runtime.LastProcess.Exit(3);
        await second.WaitAsync(Token);
        Images.Image = Images.Image with { Id = "sha256:other", LayerDirectories = ["/layers/mine", .. Images.Image.LayerDirectories], ExposedPorts = [] };
        Container third = await CreateAsync(ContainerSpec.FromImage("derived:1").WithName("third").WithBind("/etc", "/host").WithHealthProbe(HealthProbe.ForCommand("check")));
        await third.StartAsync(Token);
        Container fourth = await CreateAsync(ContainerSpec.FromImage("derived:1").WithName("fourth"));
        await fourth.StartAsync(Token);
        await fourth.PauseAsync(Token);
        Images.Image = Images.Image with { Id = "sha256:0123", LayerDirectories = ["/layers/top", "/layers/base"] };

        await Selects("first second third fourth");
        await Selects("second", ("name", "second"));
        await Selects("second", ("name", "sec"));
        await Selects("first third", ("name", "^(first|third)$"));
        await Selects("first", ("name", "^/first$"));
        await Selects("third", ("id", third.Id[..20]));
        await Selects("", ("id", "x"));
        await Selects("first second", ("label", "stage"));
        await Selects("first", ("label", "stage=test"));
        await Selects("first", ("label", "stage"), ("label", "team=a"));
        await Selects("", ("label", "stage=test"), ("label", "team=b"));
        await Selects("first", ("status", "created"));
        await Selects("second third", ("status", "exited"), ("status", "running"));
        await Selects("fourth", ("status", "paused"));
        await Selects("", ("status", "dead"));
        await Selects("second", ("exited", "3"));
        await Selects("", ("exited", "0"));
        await Selects("first second third fourth", ("ancestor", "image"));
        await Selects("third fourth", ("ancestor", "derived:1"), ("status", "running"), ("status", "paused"));
        await Selects("third fourth", ("ancestor", "sha256:other"), ("name", "r"), ("status", "running"), ("status", "paused"));
        await Selects("first", ("before", "second"));
        await Selects("third fourth", ("since", second.Id[..12]));
        await Selects("second", ("since", "first"), ("before", "third"));
        await Selects("third", ("health", "starting"));
        await Selects("first second fourth", ("health", "none"));
        await Selects("", ("health", "unhealthy"));
        await Selects("first third fourth", ("network", "none"));
        await Selects("second", ("network", "host"));
        await Selects("second", ("volume", "/cache"));
        await Selects("third", ("volume", "/etc"));
        await Selects("first second", ("expose", "80"));
        await Selects("first second", ("expose", "50-60/udp"));
        await Selects("", ("expose", "53"));
        await Selects("", ("publish", "80/tcp"));
        await Selects("", ("is-task", "true"));
        await Selects("first second third fourth", ("is-task", "false"), ("isolation", "default"));

        async Task Selects(string expected, params (string Name, string Value)[] filters)
        {
            var options = new ContainerListOptions { Filters = filters.Aggregate(FilterSet.Empty, (set, filter) => set.With(filter.Name, filter.Value)) };
            IReadOnlyList<ContainerInfo> found = await Containers.ListAsync(options, Token);
            Assert.Equal((options.Filters.ToString(), expected), (options.Filters.ToString(), string.Join(' ', found.Select(info => info.Name))));
        }
    }

    [Fact]
    public async Task Limit_and_running_only_are_as_Dockers()
    {
        await CreateAsync(Spec.WithName("first"));
        Container second = await CreateAsync(Spec.WithName("second"));
        await second.StartAsync(Token);
        await CreateAsync(Spec.WithName("third"));
        Assert.Equal("second", Names(await Containers.ListAsync(new ContainerListOptions { RunningOnly = true }, Token)));
        Assert.Equal("second third", Names(await Containers.ListAsync(new ContainerListOptions { RunningOnly = true, Limit = 2 }, Token)));
        Assert.Equal("first third", Names(await Containers.ListAsync(new ContainerListOptions { RunningOnly = true, Filters = FilterSet.Empty.With("status", "created") }, Token)));
        Assert.Equal("first second third", Names(await Containers.ListAsync(new ContainerListOptions { Limit = 9 }, Token)));
        await Assert.ThrowsAsync<ArgumentException>(() => Containers.ListAsync(new ContainerListOptions { Limit = 0 }, Token));
        await Assert.ThrowsAsync<NotFoundException>(() => Containers.ListAsync(new ContainerListOptions { Filters = FilterSet.Empty.With("since", "nobody") }, Token));

        static string Names(IReadOnlyList<ContainerInfo> infos) => string.Join(' ', infos.Select(info => info.Name));
    }

    [Theory]
    [InlineData("colour", "blue", "ancestor, before, exited")]
    [InlineData("status", "asleep", "created, dead, exited")]
    [InlineData("health", "ill", "healthy, none, starting, unhealthy")]
    [InlineData("exited", "zero", "a whole number")]
    [InlineData("is-task", "perhaps", "true or false")]
    [InlineData("name", "(", "a regular expression")]
    [InlineData("expose", "http", "a port")]
    [InlineData("publish", "9-1", "a port")]
    [InlineData("isolation", "chroot", "default")]
    public async Task A_filter_or_value_that_does_not_exist_is_named_with_what_is_allowed(string name, string value, string allowed)
    {
        ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(() => Containers.ListAsync(new ContainerListOptions { Filters = FilterSet.Empty.With(name, value) }, Token));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains(allowed, error.Message, StringComparison.Ordinal);
        Assert.True(name == "colour" || error.Message.Contains($"'{value}'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_hostile_pattern_takes_no_time()
    {
        await CreateAsync(Spec.WithName(new string('a', 200)));
        Assert.Empty(await Containers.ListAsync(new ContainerListOptions { Filters = FilterSet.Empty.With("name", "(a+)+$x") }, Token));
    }

    [Fact]
    public async Task Pruning_removes_what_does_not_run_and_matches()
    {
        await CreateAsync(Spec.WithName("kept").WithLabel("keep", "yes"));
        Time.Advance(TimeSpan.FromHours(2));
        Container old = await CreateAsync(Spec.WithName("old"));
        Time.Advance(TimeSpan.FromHours(1));
        await using Container owned = await Containers.StartAsync(Spec, Token);
        await owned.KillAsync(cancellationToken: Token);
        Container running = await CreateAsync(Spec.WithName("running"));
        await running.StartAsync(Token);
        Container young = await CreateAsync(Spec.WithName("young"));
        await File.WriteAllTextAsync(Path.Combine(ContainersDirectory, old.Id, "upper", "file"), new string('x', 5000), Token);

        await Assert.ThrowsAsync<ArgumentException>(() => Containers.PruneAsync(FilterSet.Empty.With("name", "old"), Token));
        await Assert.ThrowsAsync<ArgumentException>(() => Containers.PruneAsync(FilterSet.Empty.With("until", "yesterday"), Token));
        ContainerPruneReport report = await Containers.PruneAsync(FilterSet.Empty.With("until", "1h").With("label!", "keep"), Token);
        Assert.Equal([old.Id], report.RemovedIds);
        Assert.InRange(report.ReclaimedSpace.Bytes, 5000, 50_000);
        Assert.Empty((await Containers.PruneAsync(FilterSet.Empty.With("label", "keep=no"), Token)).RemovedIds);
        Assert.Equal(2, (await Containers.PruneAsync(cancellationToken: Token)).RemovedIds.Count);
        Assert.Equal([owned.Id, running.Id], (await Containers.ListAsync(Token)).Select(info => info.Id));
        await Assert.ThrowsAsync<NotFoundException>(() => young.InspectAsync(Token));
    }

    [Theory]
    [InlineData("10m", "2025-06-01T11:50:00Z")]
    [InlineData("1h30m", "2025-06-01T10:30:00Z")]
    [InlineData("1.5h", "2025-06-01T10:30:00Z")]
    [InlineData("-1h", "2025-06-01T13:00:00Z")]
    [InlineData("500ms", "2025-06-01T11:59:59.5Z")]
    [InlineData("1748779200", "2025-06-01T12:00:00Z")]
    [InlineData("1748779200.250000000", "2025-06-01T12:00:00.25Z")]
    [InlineData("2025-01-31T10:00:00Z", "2025-01-31T10:00:00Z")]
    [InlineData("2025-01-31T10:00:00.123456789Z", "2025-01-31T10:00:00.1234567Z")]
    [InlineData("2025-01-31T10:00:00+02:00", "2025-01-31T08:00:00Z")]
    [InlineData("2025-01-31T10:00:00", "2025-01-31T10:00:00Z")]
    [InlineData("2025-01-31T10:00", "2025-01-31T10:00:00Z")]
    [InlineData("2025-01-31", "2025-01-31T00:00:00Z")]
    public void Moments_are_read_as_Docker_reads_them(string text, string expected)
        => Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), FilterMoment.Parse("until", text, Time));

    [Theory]
    [InlineData("")]
    [InlineData("h")]
    [InlineData("10x")]
    [InlineData("1e9h")]
    [InlineData("99999999999999999999h")]
    [InlineData("999999999999999999999999")]
    [InlineData("2025-13-01")]
    [InlineData("1h 30m")]
    public void Other_moments_are_refused(string text) => Assert.Throws<ArgumentException>(() => FilterMoment.Parse("until", text, Time));

    /// <summary>Creates a container, a second after the one before.</summary>
    private Task<Container> CreateAsync(ContainerSpec spec)
    {
        Time.Advance(TimeSpan.FromSeconds(1));
        return Containers.CreateAsync(spec, Token);
    }
}

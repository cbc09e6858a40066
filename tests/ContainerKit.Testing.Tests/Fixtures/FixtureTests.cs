using StackExchange.Redis;
using Xunit;

namespace ContainerKit.Testing.Tests.Fixtures;

/// <summary>Fixtures as xunit runs them, and what a test reads when one can't start.</summary>
public sealed class FixtureTests(TestBed bed)
{
    private static CancellationToken Token => TestBed.Token;

    [Fact]
    public async Task Module_fixture_starts_prepares_and_removes_its_container()
    {
        await bed.RequireRedisAsync();
        string id;
        await using (var fixture = new Cache())
        {
            await fixture.InitializeAsync();
            id = fixture.Container.Id;
            await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(fixture.ConnectionString);
            Assert.Equal("yes", (string?)await connection.GetDatabase().StringGetAsync("prepared"));
            Assert.Equal($"http://{fixture.GetEndpoint(6379)}/path", fixture.GetUri(6379, path: "path").ToString());
        }

        Assert.Null(await bed.Engine.Containers.FindAsync(id, Token));
    }

    [Fact]
    public async Task Failure_to_start_is_told_in_full_once_and_then_in_one_line()
    {
        await using var fixture = new Broken();
        await fixture.InitializeAsync();

        InvalidOperationException first = Assert.Throws<InvalidOperationException>(() => fixture.Container);
        InvalidOperationException second = Assert.Throws<InvalidOperationException>(() => fixture.Container);

        Assert.IsType<WaitFailedException>(first.InnerException);
        Assert.Contains("Broken could not start its container", first.Message, StringComparison.Ordinal);
        Assert.Contains("ended with exit code 7", first.Message, StringComparison.Ordinal);
        Assert.Contains("no such table: orders", first.Message, StringComparison.Ordinal);
        Assert.Contains("another test that failed says in full", second.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', second.Message);
        Assert.Null(second.InnerException);
    }

    [Fact]
    public async Task Missing_image_says_where_it_was_looked_for_and_what_to_do()
    {
        await using var fixture = new Missing();
        await fixture.InitializeAsync();

        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => fixture.Container);

        Assert.IsType<NotFoundException>(e.InnerException);
        Assert.Contains("127.0.0.1:1/nothing/here:1", e.Message, StringComparison.Ordinal);
        Assert.Contains(bed.DataRoot, e.Message, StringComparison.Ordinal);
        Assert.Contains("pulling it failed", e.Message, StringComparison.Ordinal);
        Assert.Contains("LoadAsync", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fixture_that_xunit_did_not_start_says_so()
    {
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => new ContainerFixture<Redis>().Container);

        Assert.Contains("ContainerFixture<Redis> has no container: xunit starts it", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_of_the_container_come_into_the_output_of_the_test()
    {
        await using var fixture = new Talking();
        await fixture.InitializeAsync();
        await using (fixture.WriteLogsToTest())
        {
            await fixture.Container.ExecAsync(["touch", "/tmp/go"], Token);
            while (!TestContext.Current.TestOutputHelper!.Output.Contains("] spoken", StringComparison.Ordinal))
                await Task.Delay(5, Token);
        }

        Assert.DoesNotContain("before", TestContext.Current.TestOutputHelper.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Snapshot_fixture_gives_each_test_its_own()
    {
        await bed.RequireRedisAsync();
        await using var fixture = new SnapshotFixture<Redis>();
        await fixture.InitializeAsync();
        await using ModuleContainer one = await fixture.StartAsync();
        await using ModuleContainer two = await fixture.StartAsync();

        Assert.NotEqual(one.ConnectionString, two.ConnectionString);

        await using var kafka = new SnapshotFixture<Kafka>();
        await kafka.InitializeAsync();
        Assert.Contains("Use ContainerFixture<Kafka>", Assert.Throws<InvalidOperationException>(() => kafka.Snapshot).Message, StringComparison.Ordinal);
    }

    private sealed class Cache : ContainerFixture<Redis>
    {
        protected override async Task PrepareAsync(Container container, CancellationToken cancellationToken)
        {
            await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(Module.GetConnectionString(container));
            await connection.GetDatabase().StringSetAsync("prepared", "yes");
        }
    }

    private sealed class Broken : ContainerFixture
    {
        protected override ContainerSpec Configure() => TestBed.Script("echo no such table: orders; exit 7").WaitFor(Wait.ForLog("ready"));
    }

    private sealed class Missing : ContainerFixture
    {
        protected override ContainerSpec Configure() => ContainerSpec.FromImage("127.0.0.1:1/nothing/here:1");
    }

    private sealed class Talking : ContainerFixture
    {
        protected override ContainerSpec Configure()
            => TestBed.Script("echo before; until test -e /tmp/go; do sleep 0.01; done; echo spoken; exec sleep 1000").WaitFor(Wait.ForLog("before"));
    }
}

using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Xunit;

namespace ContainerKit.Testing.Tests.Fixtures;

/// <summary>A fresh database for each test, from a snapshot.</summary>
public sealed class SnapshotTests(TestBed bed)
{
    /// <summary>Raises the number of databases.</summary>
    private const string CountVariable = "CONTAINERKIT_STRESS_DATABASES";

    private const int AtOnce = 8;

    private static CancellationToken Token => TestBed.Token;

    [Fact]
    public async Task Fresh_PostgreSQL_databases_have_what_was_prepared_and_nothing_of_each_other()
    {
        await bed.RequirePostgresAsync();
        int count = int.TryParse(Environment.GetEnvironmentVariable(CountVariable), CultureInfo.InvariantCulture, out int asked) ? asked : 6;
        var module = new PostgreSql();
        CancellationToken token = Token;
        await using ContainerSnapshot snapshot = await ContainerSnapshot.CreateAsync(
            bed.Engine, module.ToSpec(), (container, _) => ExecuteAsync(module.GetConnectionString(container), "create table items (name text); insert into items values ('seed')", token), token);
        var times = new System.Collections.Concurrent.ConcurrentBag<double>();
        long begun = Stopwatch.GetTimestamp();

        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = token }, async (i, _) =>
        {
            long start = Stopwatch.GetTimestamp();
            await using Container container = await snapshot.StartAsync(token);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            string connection = module.GetConnectionString(container);
            Assert.Equal("seed", await ExecuteAsync(connection, "select string_agg(name, ',') from items", token));
            await ExecuteAsync(connection, string.Create(CultureInfo.InvariantCulture, $"insert into items values ('{i}')"), token);
            Assert.Equal(2L, await ExecuteAsync(connection, "select count(*) from items", token));
        });

        double[] sorted = [.. times.Order()];
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count} databases, {AtOnce} at once, in {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.00} s; start until ready: fastest {sorted[0]:0} ms, median {sorted[sorted.Length / 2]:0} ms, slowest {sorted[^1]:0} ms"));
    }

    [Fact]
    public async Task Snapshot_is_removed_with_its_handle_and_its_containers_go_on()
    {
        await bed.RequireRedisAsync();
        ContainerSnapshot snapshot = await ContainerSnapshot.CreateAsync(
            bed.Engine, new Redis().ToSpec(), async (container, token) => Assert.Equal(0, (await container.ExecAsync(["sh", "-c", "echo prepared > /prepared"], token)).ExitCode), Token);
        await using Container container = await snapshot.StartAsync(Token);
        await snapshot.DisposeAsync();
        await snapshot.DisposeAsync();

        Assert.Equal("prepared\n", (await container.ExecAsync(["cat", "/prepared"], Token)).StandardOutput);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => snapshot.StartAsync(Token));
        await container.DisposeAsync();
        await RunOwner.RemoveOrphansAsync(bed.Engine);
    }

    [Fact]
    public async Task Container_that_does_not_stop_in_order_is_no_snapshot()
    {
        await bed.RequireRedisAsync();
        ContainerSpec spec = new Redis().ToSpec().WithStopSignal("SIGKILL");

        InvalidStateException e = await Assert.ThrowsAsync<InvalidStateException>(() => ContainerSnapshot.CreateAsync(bed.Engine, spec, cancellationToken: Token));

        Assert.Contains("half written", e.Message, StringComparison.Ordinal);
        Assert.Contains("WithStopSignal", e.Message, StringComparison.Ordinal);
    }

    private static async Task<object?> ExecuteAsync(string connection, string sql, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(connection + ";Pooling=false");
        await using NpgsqlCommand command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}

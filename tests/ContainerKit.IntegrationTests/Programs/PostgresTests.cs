using Xunit;

namespace ContainerKit.IntegrationTests.Programs;

/// <summary>PostgreSQL of a Debian image. It refuses to run as root, so it needs users.</summary>
[Collection(DebianCollection.Name)]
public sealed class PostgresTests(DebianFixture debian)
{
    private const string Path = "/usr/lib/postgresql/15/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const string Ready = "database system is ready to accept connections";
    private const string Initialise = "initdb --no-sync -D /var/lib/postgresql/test > /tmp/initdb.log || { cat /tmp/initdb.log >&2; exit 1; }";
    private const string Serve = "postgres -D /var/lib/postgresql/test -c listen_addresses=127.0.0.1";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task Postgres_serves_in_a_container_of_its_own_user()
        => ServeAsync(Spec($"{Initialise}; exec {Serve}").WithUser("postgres"));

    [Theory]
    [InlineData("setpriv --reuid=postgres --regid=postgres --init-groups")]
    [InlineData("runuser -u postgres --")]
    [InlineData("su -p -s /bin/sh postgres -c")]
    public Task Postgres_serves_after_root_dropped_to_its_user(string drop)
    {
        string shell = drop.EndsWith("-c", StringComparison.Ordinal) ? "" : "sh -c ";
        return ServeAsync(Spec($"umask 022; {drop} {shell}'{Initialise}'; exec {drop} {shell}'exec {Serve}'"));
    }

    [Fact]
    public async Task Postgres_refuses_root()
    {
        ExecResult result = await debian.Engine.Containers.RunAsync(Spec(Serve), cancellationToken: Token);

        Assert.Contains("\"root\" execution of the PostgreSQL server is not permitted", result.StandardError, StringComparison.Ordinal);
        Assert.Equal(1, result.ExitCode);
    }

    private ContainerSpec Spec(string script) => debian.Spec("sh", "-c", script).WithEnvironment("PATH", Path);

    private async Task ServeAsync(ContainerSpec spec)
    {
        debian.RequireUsers();
        await using Container container = await debian.StartServerAsync(spec, Ready);
        Assert.Equal(
            "500500\n",
            await QueryAsync(container, "create table t (n int primary key, s text)", "insert into t select g, md5(g::text) from generate_series(1, 1000) g", "select sum(n) from t"));

        // Over TCP as well, and by workers that share memory.
        Assert.Equal(
            "1000\n", await QueryAsync(container, "-h127.0.0.1", "set max_parallel_workers_per_gather = 2; set parallel_setup_cost = 0; set min_parallel_table_scan_size = 0; set force_parallel_mode = on", "select count(*) from t"));
        ExecResult owner = await container.ExecAsync(["sh", "-c", "stat -c %U /var/lib/postgresql/test/PG_VERSION /proc/$(head -n 1 /var/lib/postgresql/test/postmaster.pid)"], Token);
        Assert.Equal("postgres\npostgres\n", owner.StandardOutput);

        // su and runuser stay between the container and the server, and would not pass the signal on.
        await container.ExecAsync(["sh", "-c", "kill -INT $(head -n 1 /var/lib/postgresql/test/postmaster.pid)"], Token);
        Assert.Equal(0, (await container.WaitAsync(Token)).ExitCode);
    }

    private static async Task<string> QueryAsync(Container container, params string[] commands)
    {
        IEnumerable<string> arguments = commands.SelectMany(command => command.StartsWith('-') ? (string[])[command] : ["-c", command]);
        ExecResult result = await container.ExecAsync(ExecSpec.ForCommand(["psql", "-At", "-q", "-v", "ON_ERROR_STOP=1", .. arguments]).WithUser("postgres"), Token);
        Assert.Equal(("", 0), (result.StandardError, result.ExitCode));
        return result.StandardOutput;
    }
}

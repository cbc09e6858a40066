using System.Net;
using System.Text.RegularExpressions;
using ContainerKit.IntegrationTests.Options;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Waiting;

/// <summary>Starting takes until the container is ready, or fails with what the user has to know.</summary>
public sealed class WaitTests(BusyboxFixture busybox) : OptionTest(busybox), IClassFixture<BusyboxFixture>
{
    /// <summary>Ready only when a file says so: nothing depends on time.</summary>
    private const string OnceTold = "until test -e /go; do busybox usleep 5000; done; ";

    /// <summary>What fails by it has to be looked at once before, also on a machine that is busy.</summary>
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Start_returns_when_a_line_was_written_so_often()
    {
        await using Container container = await StartAsync(Script("echo ready; echo not yet; echo ready again; exec sleep 1000").WaitFor(Wait.ForLog("ready", count: 2)));

        Assert.Contains("ready again", (await LinesAsync(container)).Select(line => line.Text));
    }

    [Fact]
    public async Task Lines_that_come_in_parts_are_matched_whole()
    {
        await using Container container = await StartAsync(Script("head -c 40000 /dev/zero | tr '\\0' x; echo END; exec sleep 1000").WaitFor(Wait.ForLog(new Regex("^x{40000}END$"))));
    }

    [Fact]
    public async Task What_was_written_before_the_end_counts()
    {
        await using Container container = await StartAsync(Script("echo done").WaitFor(Wait.ForLog("done")));
    }

    [Fact]
    public async Task Lines_of_an_earlier_run_do_not_count()
    {
        await using Container container = await Engine.Containers.CreateAsync(Script($"test -e /second && exit 3; touch /second; echo ready; exec sleep 1000").WithInit().WaitFor(Wait.ForLog("ready")), Token);
        await container.StartAsync(Token);
        await container.KillAsync(cancellationToken: Token);
        await container.WaitAsync(Token);

        WaitFailedException e = await Assert.ThrowsAsync<WaitFailedException>(() => container.StartAsync(Token));

        Assert.Equal(3, e.ExitStatus?.ExitCode);
        await container.RemoveAsync(force: true, Token);
    }

    [Fact]
    public async Task File_command_condition_and_health_are_waited_for()
    {
        string until = OnceTold + "touch /made; exec sleep 1000";
        await using Container container = await StartAsync(Script(until).WithInit()
            .WithHealthProbe(HealthProbe.ForScript("test -e /made") with { Interval = TimeSpan.FromMilliseconds(20), Retries = 100_000 }));
        Task all = container.WaitForAsync(
            Wait.All(Wait.ForFile("/made"), Wait.ForCommand("test", "-e", "/made"), Wait.ForHealthy(),
                Wait.For(async (each, token) => (await each.ExecAsync(["ls", "/made"], token)).ExitCode == 0 ? true : throw new InvalidOperationException("ls"))),
            Token);
        Task any = container.WaitForAsync(Wait.Any(Wait.ForExit(), Wait.ForFile("/never"), Wait.ForFile("/made")), Token);
        await container.WaitForAsync(Wait.ForCommand(ExecSpec.ForCommand("test", "-e", "/made"), exitCode: 1), Token);
        Assert.False(all.IsCompleted);
        Assert.False(any.IsCompleted);

        await container.ExecAsync(["touch", "/go"], Token);

        await all;
        await any;
    }

    [Fact]
    public async Task Exit_is_waited_for_and_another_code_is_a_failure()
    {
        await using (Container container = await StartAsync(Script("exit 4").WaitFor(Wait.ForExit(4))))
        {
        }

        WaitFailedException e = await Assert.ThrowsAsync<WaitFailedException>(() => StartAsync(Script("echo prepared badly; exit 4").WaitFor(Wait.ForExit())));
        Assert.Equal(4, e.ExitStatus?.ExitCode);
        Assert.Contains("prepared badly", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Container_that_ends_fails_the_wait_at_once_with_exit_code_and_last_lines_and_is_gone()
    {
        ContainerSpec spec = Script("echo cannot read /etc/app.conf >&2; exit 42").WithName(Name()).WaitFor(Wait.ForPortInside(80).WithTimeout(Timeout.InfiniteTimeSpan));

        WaitFailedException e = await Assert.ThrowsAsync<WaitFailedException>(() => Engine.Containers.StartAsync(spec, Token));

        Assert.Contains("ended with exit code 42 before it was ready", e.Message, StringComparison.Ordinal);
        Assert.Contains("port 80 inside", e.Message, StringComparison.Ordinal);
        Assert.Contains("    cannot read /etc/app.conf", e.Message, StringComparison.Ordinal);
        Assert.Equal((42, false, ContainerKitErrorCode.NotReady), (e.ExitStatus?.ExitCode, e.IsTimeout, e.Code));
        Assert.Equal("cannot read /etc/app.conf", Assert.Single(e.Log).Text);
        Assert.Null(await Engine.Containers.FindAsync(spec.Name!, Token));
    }

    [Fact]
    public async Task Command_that_ends_well_is_told_to_stay()
    {
        WaitFailedException e = await Assert.ThrowsAsync<WaitFailedException>(() => StartAsync(Script("true").WaitFor(Wait.ForLog("never"))));

        Assert.Contains("give it one that goes on", e.Message, StringComparison.Ordinal);
        Assert.Contains("It has written nothing", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Time_out_says_what_was_looked_for_what_was_seen_and_what_was_written()
    {
        await using Container container = await StartAsync(Script("echo starting up; exec sleep 1000"));
        await container.WaitForAsync(Wait.ForLog("starting"), Token);

        WaitFailedException e = await Assert.ThrowsAsync<WaitFailedException>(
            () => container.WaitForAsync(Wait.ForCommand("ls", "/nothing").WithTimeout(s_soon).WithInterval(TimeSpan.FromMilliseconds(20)), Token));

        Assert.True(e.IsTimeout);
        Assert.Null(e.ExitStatus);
        Assert.Contains("runs, but was not ready in time. Waited for the command 'ls /nothing' (5 s)", e.Message, StringComparison.Ordinal);
        Assert.Contains("starting up", e.Message, StringComparison.Ordinal);
        Assert.Contains("WithTimeout", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_failure_fails_all_and_any_fails_with_every_reason()
    {
        await using Container container = await StartAsync(Script("exec sleep 1000"));
        WaitStrategy one = Wait.ForFile("/one").WithTimeout(s_soon);
        WaitStrategy two = Wait.For((_, _) => throw new InvalidOperationException("refused by the client"), "the client").WithTimeout(s_soon);

        WaitFailedException all = await Assert.ThrowsAsync<WaitFailedException>(() => container.WaitForAsync(Wait.All(one, Wait.ForFile("/ever").WithTimeout(Timeout.InfiniteTimeSpan)), Token));
        WaitFailedException any = await Assert.ThrowsAsync<WaitFailedException>(() => container.WaitForAsync(Wait.Any(one, two), Token));

        Assert.Contains("the file /one (5 s): it is not there", all.Message, StringComparison.Ordinal);
        Assert.Contains("the file /one (5 s): it is not there", any.Message, StringComparison.Ordinal);
        Assert.Contains("the client (5 s): InvalidOperationException: refused by the client", any.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unhealthy_container_fails_the_wait_with_the_last_check()
    {
        ContainerSpec spec = Script("exec sleep 1000").WithHealthProbe(HealthProbe.ForScript("echo no database; exit 1") with { Interval = TimeSpan.FromMilliseconds(5), Retries = 2 })
            .WaitFor(Wait.ForHealthy().WithTimeout(Timeout.InfiniteTimeSpan));

        WaitFailedException e = await Assert.ThrowsAsync<WaitFailedException>(() => StartAsync(spec));

        Assert.False(e.IsTimeout);
        Assert.Contains("unhealthy", e.Message, StringComparison.Ordinal);
        Assert.Contains("no database", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelled_wait_leaves_no_container()
    {
        ContainerSpec spec = Script("exec sleep 1000").WithName(Name()).WaitFor(Wait.ForFile("/never"));
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Token);
        ContainerSpec telling = spec.WaitFor(Wait.For(async (_, _) =>
        {
            await cancelled.CancelAsync();
            return false;
        }));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Engine.Containers.StartAsync(telling, cancelled.Token));

        Assert.Null(await Engine.Containers.FindAsync(spec.Name!, Token));
    }

    [Fact]
    public async Task Port_is_waited_for_on_both_sides()
    {
        await RequireNetworksAsync();
        ContainerSpec spec = Script($"{OnceTold} mkdir -p /www; echo hello > /www/index.html; exec busybox httpd -f -p 80 -h /www").WithInit().WithPort(80);
        await using Container container = await StartAsync(spec);
        Task port = container.WaitForAsync(Wait.ForPort(80), Token);
        Task http = container.WaitForAsync(Wait.ForHttp(80).WithBody(body => body == "hello\n").WithResponseHeader("Content-Type"), Token);
        Task missing = container.WaitForAsync(Wait.ForHttp(80, "/missing").WithStatus(HttpStatusCode.NotFound), Token);
        WaitFailedException e = await Assert.ThrowsAsync<WaitFailedException>(() => container.WaitForAsync(Wait.ForPortInside(80).WithTimeout(s_soon), Token));
        Assert.Contains("nothing listens there", e.Message, StringComparison.Ordinal);
        Assert.Null(port.Exception);
        Assert.Null(http.Exception);
        Assert.False(port.IsCompleted);
        Assert.False(http.IsCompleted);

        await container.ExecAsync(["touch", "/go"], Token);

        await port;
        await http;
        await missing;
        await container.WaitForAsync(Wait.ForHostPort(80), Token);
        e = await Assert.ThrowsAsync<WaitFailedException>(() => container.WaitForAsync(Wait.ForHttp(80, "/other").WithTimeout(s_soon), Token));
        Assert.Contains("status 404", e.Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<WaitFailedException>(() => container.WaitForAsync(Wait.ForHostPort(81), Token));
        Assert.Contains("add WithPort(81)", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_on_loopback_is_not_ready_for_others()
    {
        await RequireNetworksAsync();
        await using Container container = await StartAsync(Script("exec busybox httpd -f -p 127.0.0.1:80 -h /").WithInit());
        await container.WaitForAsync(Wait.ForCommand("sh", "-c", "busybox nc -w 5 127.0.0.1 80 < /dev/null"), Token);

        WaitFailedException e = await Assert.ThrowsAsync<WaitFailedException>(() => container.WaitForAsync(Wait.ForPort(80).WithTimeout(s_soon), Token));

        Assert.Contains("listens on loopback inside", e.Message, StringComparison.Ordinal);
        Assert.Contains("0.0.0.0", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Container_without_a_network_has_its_loopback()
    {
        await using Container container = await StartAsync(
            Script("exec busybox httpd -f -p 127.0.0.1:80 -h /").WithInit().WithNetwork(NetworkMode.None).WaitFor(Wait.ForPort(80)));
    }

    [Fact]
    public void Values_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Wait.ForPort(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Wait.ForPort(65536));
        Assert.Throws<ArgumentOutOfRangeException>(() => Wait.ForLog("x", 0));
        Assert.Throws<ArgumentException>(() => Wait.All());
        Assert.Throws<ArgumentOutOfRangeException>(() => Wait.ForHealthy().WithTimeout(TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => Wait.ForHealthy().WithInterval(TimeSpan.Zero));
    }

    private static string Name() => "wait-" + Guid.NewGuid().ToString("n");

    private async Task RequireNetworksAsync()
    {
        await Engine.Networks.ListAsync(cancellationToken: Token);
        Assert.SkipUnless(Engine.Networks.IsAvailable, $"missing capability: networks ({Engine.Networks.UnavailableReason})");
    }

    private async Task<List<LogLine>> LinesAsync(Container container) => await container.ReadLogsAsync(cancellationToken: Token).ToListAsync(Token);
}

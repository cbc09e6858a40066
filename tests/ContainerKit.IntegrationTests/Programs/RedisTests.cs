using Xunit;

namespace ContainerKit.IntegrationTests.Programs;

/// <summary>redis-server of a Debian image, asked by its own client through exec.</summary>
[Collection(DebianCollection.Name)]
public sealed class RedisTests(DebianFixture debian)
{
    private const string Ready = "Ready to accept connections";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task Redis_serves_as_root() => ServeAsync(debian.Spec("redis-server", "--dir", "/var/lib/redis"));

    [Fact]
    public Task Redis_serves_as_its_own_user()
    {
        debian.RequireUsers();
        return ServeAsync(debian.Spec("redis-server", "--dir", "/var/lib/redis").WithUser("redis"));
    }

    [Fact]
    public async Task Redis_of_this_machine_serves_in_a_view_of_it()
    {
        string server = Capability.Require("redis-server", "redis-server");
        Image machine = await debian.Engine.Images.FromDirectoryAsync("/", Token);
        await ServeAsync(ContainerSpec.FromImage(machine).WithCommand(server, "--dir", "/tmp"));
    }

    private async Task ServeAsync(ContainerSpec spec)
    {
        // Stopped in order, it saves: a start after that has what was set.
        Container created = await debian.Engine.Containers.CreateAsync(spec, Token);
        await created.StartAsync(Token);
        await WaitForAsync(created, Ready, 1);
        Assert.Equal("PONG\n", await AskAsync(created, "ping"));
        Assert.Equal("OK\n", await AskAsync(created, "set", "key", "a value"));
        Assert.Equal("PONG\n", await AskAsync(created, "ping"));
        await created.StopAsync(TimeSpan.FromMinutes(1), Token);
        Assert.Equal(0, (await created.WaitAsync(Token)).ExitCode);
        await created.StartAsync(Token);
        await WaitForAsync(created, Ready, 2);
        Assert.Equal("a value\n", await AskAsync(created, "get", "key"));
        await created.RemoveAsync(force: true, Token);
    }

    private static async Task<string> AskAsync(Container container, params string[] question)
    {
        ExecResult result = await container.ExecAsync(["redis-cli", .. question], Token);
        Assert.Equal(("", 0), (result.StandardError, result.ExitCode));
        return result.StandardOutput;
    }

    private static async Task WaitForAsync(Container container, string text, int times)
    {
        List<string> log = [];
        await foreach (LogLine line in container.ReadLogsAsync(follow: true, cancellationToken: Token))
        {
            log.Add(line.Text);
            if (line.Text.Contains(text, StringComparison.Ordinal) && --times == 0)
            {
                return;
            }
        }

        Assert.Fail("The server ended:\n" + string.Join('\n', log));
    }
}

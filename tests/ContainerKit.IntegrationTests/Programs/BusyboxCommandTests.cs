using ContainerKit.Oci;
using Xunit;

namespace ContainerKit.IntegrationTests.Programs;

/// <summary>What is executed, as whom and where; and how it ends.</summary>
public sealed class BusyboxCommandTests(BusyboxFixture busybox) : IClassFixture<BusyboxFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Image_configuration_decides_what_the_spec_leaves_open()
    {
        Image image = await busybox.ImportAsync(new ExecutionConfiguration
        {
            Env = ["PATH=/bin", "COLOUR=blue", "GONE=1", "KEPT=yes"],
            Entrypoint = ["sh", "-c"],
            Cmd = ["pwd; echo $COLOUR $GONE $KEPT $MORE; id -u"],
            User = "0",
            WorkingDir = "/srv/made here",
            Labels = new Dictionary<string, string> { ["a"] = "image", ["b"] = "image" },
            StopSignal = "SIGUSR1",
        });
        ContainerSpec spec = ContainerSpec.FromImage(image).WithEnvironment("COLOUR", "red").WithEnvironment("MORE", "more").WithoutEnvironment("GONE").WithLabel("b", "spec");

        ExecResult result = await busybox.RunAsync(spec);

        Assert.Equal(("/srv/made here\nred yes more\n0\n", ""), (result.StandardOutput, result.StandardError));
        Container container = await busybox.Engine.Containers.CreateAsync(spec, Token);
        ContainerInfo info = await container.InspectAsync(Token);
        Assert.Equal(("image", "spec"), (info.Labels["a"], info.Labels["b"]));
        Assert.Equal(image.Id.ToString(), info.ImageId);
        await container.RemoveAsync(cancellationToken: Token);
    }

    [Theory]
    [InlineData(null, "echo i-cmd", null, null, "i-cmd")]
    [InlineData(null, "echo i-cmd", null, "echo s-cmd", "s-cmd")]
    [InlineData("echo i-entry", "i-cmd", null, null, "i-entry i-cmd")]
    [InlineData("echo i-entry", "i-cmd", null, "s-cmd", "i-entry s-cmd")]
    [InlineData("echo i-entry", "i-cmd", "echo s-entry", null, "s-entry")]
    [InlineData("echo i-entry", "i-cmd", "echo s-entry", "s-cmd", "s-entry s-cmd")]
    [InlineData("echo i-entry", "i-cmd", "", "echo s-cmd", "s-cmd")]
    public async Task Entrypoint_and_command_combine_as_Dockers_do(string? imageEntrypoint, string? imageCommand, string? entrypoint, string? command, string expected)
    {
        Image image = await busybox.ImportAsync(new ExecutionConfiguration { Env = ["PATH=/bin"], Entrypoint = Split(imageEntrypoint), Cmd = Split(imageCommand) });
        ContainerSpec spec = ContainerSpec.FromImage(image) with
        {
            Entrypoint = entrypoint is null ? null : [.. Split(entrypoint)],
            Command = command is null ? null : [.. Split(command)],
        };

        ExecResult result = await busybox.RunAsync(spec);

        Assert.Equal(expected + "\n", result.StandardOutput);

        static string[] Split(string? words) => words?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
    }

    [Fact]
    public async Task Without_any_command_nothing_is_created()
    {
        BusyboxFixture.RequireBusybox();
        await Assert.ThrowsAsync<ArgumentException>(() => busybox.RunAsync(ContainerSpec.FromImage(busybox.Image)));
        Assert.Empty(await busybox.Engine.Containers.ListAsync(Token));
    }

    [Theory]
    [InlineData("app", "uid=1000(app) gid=1000(app) groups=1000(app),2000(media),2001(logs)", "/home/app")]
    [InlineData("1000", "uid=1000(app) gid=1000(app) groups=1000(app),2000(media),2001(logs)", "/home/app")]
    [InlineData("app:media", "uid=1000(app) gid=2000(media) groups=2000(media)", "/home/app")]
    [InlineData("4321", "uid=4321 gid=0(root) groups=0(root)", "/")]
    [InlineData("4321:4322", "uid=4321 gid=4322 groups=4322", "/")]
    [InlineData("root:logs", "uid=0(root) gid=2001(logs) groups=2001(logs)", "/root")]
    public async Task Users_have_the_names_and_groups_of_the_image(string user, string expected, string home)
    {
        ContainerSpec spec = busybox.Script("id; echo $HOME").WithUser(user);
        if (!busybox.MapsUsers)
        {
            UnsupportedException refused = await Assert.ThrowsAsync<UnsupportedException>(() => busybox.RunAsync(spec));
            Assert.Contains("subuid", refused.Message, StringComparison.Ordinal);
            return;
        }

        ExecResult result = await busybox.RunAsync(spec);

        Assert.Equal(($"{expected}\n{home}\n", ""), (result.StandardOutput, result.StandardError));
    }

    [Fact]
    public async Task Further_groups_and_the_owner_of_files_count()
    {
        busybox.RequireUsers();
        ExecResult owner = await busybox.RunAsync(busybox.Script("id -G; cat /home/app/own").WithUser("app:app").WithGroups("media", "777"));
        ExecResult stranger = await busybox.RunAsync(busybox.Script("cat /home/app/own").WithUser("other"));

        Assert.Equal("1000 777 2000\nof app\n", owner.StandardOutput);
        Assert.Equal(("", 1), (stranger.StandardOutput, stranger.ExitCode));
        Assert.Contains("Permission denied", stranger.StandardError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/bin/nothing", 127)]
    [InlineData("nothing", 127)]
    [InlineData("/etc/plain", 126)]
    [InlineData("/etc", 126)]
    public async Task What_cannot_be_executed_has_Dockers_exit_code_at_start_and_in_exec(string command, int expected)
    {
        ContainerStartException atStart = await Assert.ThrowsAsync<ContainerStartException>(() => busybox.RunAsync(busybox.Spec(command)));
        await using Container container = await busybox.Engine.Containers.StartAsync(busybox.Spec("sleep", "1000"), Token);
        ContainerStartException inExec = await Assert.ThrowsAsync<ContainerStartException>(() => container.ExecAsync([command], Token));

        Assert.Equal((expected, expected), (atStart.ExitCode, inExec.ExitCode));
        Assert.Contains(command, atStart.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_that_the_image_does_not_have_is_125_and_named()
    {
        ContainerStartException error = await Assert.ThrowsAsync<ContainerStartException>(() => busybox.RunAsync(busybox.Spec("true").WithUser("nobody-here")));

        Assert.Equal(125, error.ExitCode);
        Assert.Contains("nobody-here", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exit_codes_and_signals_come_through()
    {
        foreach (int code in (int[])[0, 1, 125, 126, 127, 255])
        {
            Assert.Equal(new ExitStatus(code), (await busybox.RunAsync(busybox.Script($"exit {code}"))).ExitStatus);
        }

        await using Container container = await busybox.Engine.Containers.StartAsync(busybox.Spec("sleep", "1000"), Token);
        Assert.Equal(ExitStatus.FromSignal(11), (await container.ExecAsync(["sh", "-c", "kill -SEGV $$"], Token)).ExitStatus);
        Assert.Equal(ExitStatus.FromSignal(9), (await container.ExecAsync(["sh", "-c", "kill -9 $$"], Token)).ExitStatus);
        Assert.Equal(3, (await container.ExecAsync(["sh", "-c", "exit 3"], Token)).ExitCode);
        await container.KillAsync(cancellationToken: Token);
        Assert.Equal(ExitStatus.FromSignal(9), await container.WaitAsync(Token));
    }

    [Fact]
    public async Task Stop_sends_the_images_signal_and_the_specs_before_it()
    {
        Image image = await busybox.ImportAsync(new ExecutionConfiguration { Env = ["PATH=/bin"], StopSignal = "SIGUSR1" });
        ContainerSpec spec = ContainerSpec.FromImage(image)
            .WithCommand("sh", "-c", "trap 'exit 7' USR1; trap 'exit 8' USR2; echo ready; sleep 1000 & wait").WithStopTimeout(Timeout.InfiniteTimeSpan);

        Assert.Equal(7, await StopAsync(spec));
        Assert.Equal(8, await StopAsync(spec.WithStopSignal("USR2")));

        async Task<int> StopAsync(ContainerSpec what)
        {
            await using Container container = await busybox.Engine.Containers.StartAsync(what, Token);
            await foreach (LogLine line in container.ReadLogsAsync(follow: true, cancellationToken: Token))
            {
                Assert.Equal("ready", line.Text);
                break;
            }

            await container.StopAsync(cancellationToken: Token);
            return (await container.WaitAsync(Token)).ExitCode;
        }
    }

    [Fact]
    public async Task Hostname_is_known_to_the_kernel_and_to_the_files()
    {
        ExecResult result = await busybox.RunAsync(busybox.Script("hostname; cat /etc/hostname; grep -c localhost /etc/hosts").WithHostname("box.example"));

        Assert.Equal("box.example\nbox.example\n2\n", result.StandardOutput);
    }

    [Fact]
    public async Task Resource_limits_hold_for_the_command_and_for_exec()
    {
        ContainerSpec spec = busybox.Script("ulimit -n; ulimit -Hn; ulimit -c; exec sleep 1000").WithUlimit("nofile", 100, 200).WithUlimit("core", 0);
        await using Container container = await busybox.Engine.Containers.StartAsync(spec, Token);
        ExecResult exec = await container.ExecAsync(["sh", "-c", "ulimit -n; ulimit -Hn; ulimit -c"], Token);
        List<string> lines = [];
        await foreach (LogLine line in container.ReadLogsAsync(follow: true, cancellationToken: Token))
        {
            lines.Add(line.Text);
            if (lines.Count == 3)
            {
                break;
            }
        }

        Assert.Equal(["100", "200", "0"], lines);
        Assert.Equal("100\n200\n0\n", exec.StandardOutput);
    }
}

using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Options;

/// <summary>The built-in init: PID 1 is a loop of the launch program, the command is its child.</summary>
public sealed class InitTests(BusyboxFixture busybox) : OptionTest(busybox), IClassFixture<BusyboxFixture>
{
    /// <summary>Every combination of terminal and input with an ordinary exit, a failure and a signal.</summary>
    public static TheoryData<bool, bool, string, int> Ends
    {
        get
        {
            TheoryData<bool, bool, string, int> data = [];
            foreach ((string script, int code) in new[] { ("true", 0), ("exit 7", 7), ("exit 255", 255), ("kill -9 $$", 137), ("kill -TERM $$", 143) })
            {
                data.Add(false, false, script, code);
                data.Add(false, true, script, code);
                data.Add(true, false, script, code);
                data.Add(true, true, script, code);
            }

            return data;
        }
    }

    [Fact]
    public async Task First_process_is_the_init_and_the_command_its_child()
    {
        string[] lines = (await OutputAsync(Script("cat /proc/1/comm; grep PPid /proc/$$/status; ls /proc/1/fd | wc -l; test $$ != 1 && echo child").WithInit())).Split('\n');

        Assert.Equal(["init", "PPid:\t1", "0", "child", ""], lines);
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Exit_code_is_that_of_the_command(bool terminal, bool stdin, string script, int expected)
    {
        ContainerSpec spec = Script(script).WithInit().WithOpenStdin(stdin);
        await using Container container = await StartAsync(terminal ? spec.WithTerminal() : spec);

        Assert.Equal(expected, (await container.WaitAsync(Token)).ExitCode);
    }

    [Fact]
    public async Task Command_that_is_not_there_is_a_failed_start()
    {
        ContainerStartException failure = await Assert.ThrowsAsync<ContainerStartException>(() => RunAsync(Busybox.Spec("no-such-program").WithInit()));

        Assert.Equal(127, failure.ExitCode);
    }

    [Fact]
    public async Task Orphans_are_reaped()
    {
        const string Orphans = """
            for i in $(seq 1 100); do for j in $(seq 1 100); do (true &); done; done
            while grep -q '^State:.Z' /proc/[0-9]*/status 2>/dev/null; do :; done
            echo none left
            """;

        Assert.Equal("none left\n", (await RunAsync(Script(Orphans).WithInit())).StandardOutput);
    }

    [Fact]
    public async Task Signals_reach_the_command()
    {
        await using Container container = await StartAsync(Script("trap 'exit 42' USR1; echo ready; while :; do sleep 0.05; done").WithInit());
        await WaitForLineAsync(container, "ready");

        await container.KillAsync("USR1", Token);

        Assert.Equal(42, (await container.WaitAsync(Token)).ExitCode);
    }

    /// <summary>Without an init the kernel drops the signal, because a first process has to handle it.</summary>
    [Fact]
    public async Task Command_without_handlers_ends_by_the_stop_signal()
    {
        await using Container container = await StartAsync(Busybox.Spec("sleep", "86400").WithInit());

        await container.StopAsync(Timeout.InfiniteTimeSpan, Token);

        Assert.Equal(128 + 15, (await container.WaitAsync(Token)).ExitCode);
    }

    [Fact]
    public async Task Interrupt_of_a_terminal_reaches_the_command()
    {
        await using Container container = await Engine.Containers.CreateAsync(Script("echo ready; sleep 86400").WithInit().WithTerminal(), Token);
        await using ContainerAttachment attachment = await container.AttachAsync(cancellationToken: Token);
        await container.StartAsync(Token);
        await WaitForLineAsync(container, "ready");

        await attachment.StandardInput!.WriteAsync(new byte[] { 3 }, Token);

        Assert.Equal(128 + 2, (await container.WaitAsync(Token)).ExitCode);
        await container.RemoveAsync(cancellationToken: Token);
    }

    [Fact]
    public async Task Input_reaches_the_command_and_ends()
    {
        await using Container container = await Engine.Containers.CreateAsync(Busybox.Spec("wc", "-c").WithInit().WithOpenStdin(), Token);
        await using ContainerAttachment attachment = await container.AttachAsync(cancellationToken: Token);
        await container.StartAsync(Token);

        await attachment.StandardInput!.WriteAsync("hello"u8.ToArray(), Token);
        await attachment.StandardInput.CompleteAsync();

        Assert.Equal(0, (await container.WaitAsync(Token)).ExitCode);
        await WaitForLineAsync(container, "5");
        await container.RemoveAsync(cancellationToken: Token);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Input_for_one_ends_when_that_one_detaches(bool init)
    {
        await using Container container = await Engine.Containers.CreateAsync(Busybox.Spec("wc", "-c").WithInit(init).WithStdinOnce(), Token);
        ContainerAttachment attachment = await container.AttachAsync(cancellationToken: Token);
        await container.StartAsync(Token);

        await attachment.DisposeAsync();

        Assert.Equal(0, (await container.WaitAsync(Token)).ExitCode);
        await container.RemoveAsync(cancellationToken: Token);
    }

    [Fact]
    public async Task Further_commands_run_beside_the_command_and_have_no_init_of_their_own()
    {
        await using Container container = await StartAsync(Busybox.Spec("sleep", "86400").WithInit());

        Assert.Equal("PPid:\t0\n", await ShellAsync(container, "grep PPid /proc/$$/status"));
    }

    /// <summary>An init with more rights than the command would be a way around the filter, through ptrace(2).</summary>
    [Fact]
    public async Task Init_has_the_rights_of_the_command_and_no_more()
    {
        const string Fields = "grep -h -e ^Uid -e ^Gid -e ^Cap -e ^Seccomp: -e ^NoNewPrivs /proc/1/status > /tmp/a; "
            + "grep -h -e ^Uid -e ^Gid -e ^Cap -e ^Seccomp: -e ^NoNewPrivs /proc/self/status > /tmp/b; busybox cmp /tmp/a /tmp/b && echo same";

        Assert.Equal("same\n", await OutputAsync(Script(Fields).WithInit()));
        Assert.Equal("same\n", await OutputAsync(Script(Fields).WithInit().WithNoNewPrivileges().WithDroppedCapabilities("ALL")));
    }
}

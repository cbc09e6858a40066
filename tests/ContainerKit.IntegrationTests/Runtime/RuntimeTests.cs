using ContainerKit.Runtime;
using Xunit;

namespace ContainerKit.IntegrationTests.Runtime;

public sealed class RuntimeTests : IAsyncLifetime
{
    private RuntimeHarness _harness = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _harness = await RuntimeHarness.OpenAsync();

    public async ValueTask DisposeAsync() => await _harness.DisposeAsync();

    [Fact]
    public async Task Process_is_alone_in_its_namespaces()
    {
        (string output, string error, ExitStatus exit) = await _harness.RunAsync(_harness.Spec("sh", "-c", "echo $$; hostname; ls /proc | grep -c '^[0-9]'; pwd; echo $HOME"), Token);

        Assert.Equal("", error);
        string[] lines = output.Split('\n');
        Assert.Equal(("1", "box"), (lines[0], lines[1]));
        Assert.InRange(int.Parse(lines[2]), 1, 4);
        Assert.Equal(("/", "/root"), (lines[3], lines[4]));
        Assert.Equal(0, exit.ExitCode);
    }

    [Fact]
    public async Task Writes_stay_in_the_container()
    {
        string name = "/etc/ck-" + Guid.NewGuid().ToString("n");

        (string output, string error, _) = await _harness.RunAsync(_harness.Spec("sh", "-c", $"echo hello > {name}; cat {name}; echo x > /tmp/{Path.GetFileName(name)}"), Token);

        Assert.Equal(("hello\n", ""), (output, error));
        Assert.False(File.Exists(name));
    }

    [Fact]
    public async Task Missing_program_is_exit_code_127_and_one_without_permission_126()
    {
        ContainerStartException missing = await Assert.ThrowsAsync<ContainerStartException>(() => _harness.RunAsync(_harness.Spec("no-such-program"), Token));
        ContainerStartException denied = await Assert.ThrowsAsync<ContainerStartException>(() => _harness.RunAsync(_harness.Spec("/etc/passwd"), Token));

        Assert.Equal((127, 126), (missing.ExitCode, denied.ExitCode));
        Assert.Contains("executable file not found in $PATH", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exec_joins_the_container()
    {
        RuntimeSpec spec = _harness.Spec("sleep", "1000");
        await using IContainerProcess container = await _harness.Runtime.StartAsync(spec, Token);

        await using IContainerProcess exec = await _harness.Runtime.ExecAsync(
            new RuntimeExecSpec
            {
                ContainerId = spec.Id,
                Container = container.Identity,
                RootDirectories = [spec.Root.Upper, .. spec.Root.Lower],
                Process = RuntimeHarness.Process("sh", "-c", "hostname; cat /proc/1/comm; grep Seccomp: /proc/self/status"),
            },
            Token);
        string output = await RuntimeHarness.ReadAsync(exec.StandardOutput, Token);

        Assert.Equal("box\nsleep\nSeccomp:\t2\n", output);
        Assert.Equal(0, (await exec.Exited.WaitAsync(Token)).ExitCode);
        container.Signal(9);
        Assert.Equal(137, (await container.Exited.WaitAsync(Token)).ExitCode);
        await _harness.Runtime.CleanUpAsync(spec.Id, container.Identity, Token);
    }

    [Fact]
    public async Task Terminal_is_the_controlling_terminal_and_number_0_of_its_own_devpts()
    {
        RuntimeSpec spec = _harness.Spec("sh", "-c", "tty; stty size; echo done > /dev/tty; ls -l /dev/console | cut -c1");
        spec = spec with { Process = spec.Process with { Terminal = true, TerminalSize = (33, 99) } };

        (string output, _, ExitStatus exit) = await _harness.RunAsync(spec, Token);

        Assert.Equal("/dev/pts/0\r\n33 99\r\ndone\r\nc\r\n", output);
        Assert.Equal(0, exit.ExitCode);
    }
}

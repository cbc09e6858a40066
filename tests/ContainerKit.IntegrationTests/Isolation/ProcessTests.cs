using System.Globalization;
using System.Text;
using ContainerKit.Linux;
using Xunit;

namespace ContainerKit.IntegrationTests.Isolation;

/// <summary>Processes of the host, and those that enter a container from it.</summary>
[Collection(IsolationCollection.Name)]
public sealed class ProcessTests(IsolationFixture fixture)
{
    [Fact]
    public async Task Processes_of_the_host_are_not_seen()
    {
        ExecResult result = await fixture.Engine.Containers.RunAsync(
            fixture.Spec.WithCommand("sh", "-c", "for p in /proc/[0-9]*; do cat $p/cmdline | tr '\\0' ' '; echo; done"), cancellationToken: IsolationFixture.Token);

        string[] commands = result.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(commands);
        Assert.All(commands, c => Assert.Contains("/proc/[0-9]*", c, StringComparison.Ordinal));
        Assert.DoesNotContain(Environment.ProcessPath!, result.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Process_of_the_host_cannot_be_signalled_by_its_number()
    {
        // Beyond the container's own few processes a number names nobody.
        Assert.True(Environment.ProcessId > 100);

        Assert.Equal(Errno.ESRCH, await fixture.TryAsync(p => p.Call("kill", Environment.ProcessId, 0)));
        Assert.Equal(Errno.ESRCH, await fixture.TryAsync(p => p.Call("pidfd_open", Environment.ProcessId, 0)));
    }

    /// <summary>A session of the host would let TIOCSTI and signals to process groups reach it.</summary>
    [Fact]
    public async Task Session_and_group_belong_to_the_container()
    {
        string[] fields = (await fixture.ShellAsync("cat /proc/1/stat")).Split(')')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);

        // After the name: state, parent, process group, session; proc_pid_stat(5).
        Assert.Equal(("0", "1", "1"), (fields[1], fields[2], fields[3]));
    }

    /// <summary>CVE-2016-9962: what a further command has in memory and open is the host's until it executes.</summary>
    [Fact]
    public async Task Memory_and_files_of_a_privileged_further_command_are_out_of_reach()
        => await AssertOutOfReachAsync(fixture.Running, ExecSpec.ForCommand("sh", "-c", "echo $$; exec sleep 86400").WithPrivileged());

    [Fact]
    public async Task Memory_and_files_of_roots_further_command_are_out_of_reach_for_a_user()
    {
        Assert.SkipUnless(fixture.HasManyUsers, "missing capability: ids to map to users inside (/etc/subuid)");
        await using Container container = await fixture.Engine.Containers.StartAsync(
            fixture.Spec.WithUser("1000:1000").WithCommand("sleep", "86400"), IsolationFixture.Token);

        await AssertOutOfReachAsync(container, ExecSpec.ForCommand("sh", "-c", "echo $$; exec sleep 86400").WithUser("0:0"));
    }

    private async Task AssertOutOfReachAsync(Container container, ExecSpec powerful)
    {
        const long PTRACE_ATTACH = 16;
        await using ExecSession session = await container.OpenExecAsync(powerful, IsolationFixture.Token);
        using StreamReader output = new(session.StandardOutput.AsStream(), Encoding.ASCII);
        int pid = int.Parse((await output.ReadLineAsync(IsolationFixture.Token))!, CultureInfo.InvariantCulture);
        string attach = fixture.AddProbe(p => p.Call("ptrace", PTRACE_ATTACH, pid, 0, 0).TolerateAll());
        string memory = fixture.AddProbe(p => p.Call("openat", -100, p.Text($"/proc/{pid}/mem"), 2, 0).TolerateAll());
        string root = fixture.AddProbe(p => p.Call("openat", -100, p.Text($"/proc/{pid}/root/etc"), 0, 0).TolerateAll());
        string exe = fixture.AddProbe(p => p.Call("openat", -100, p.Text($"/proc/{pid}/exe"), 0, 0).TolerateAll());

        foreach (string probe in new[] { attach, memory, root, exe })
        {
            ExecResult result = await container.ExecAsync([probe], IsolationFixture.Token);
            Assert.Contains(Probe.ErrorOf(result.ExitCode), new Errno?[] { Errno.EPERM, Errno.EACCES });
        }
    }
}

using Xunit;

namespace ContainerKit.IntegrationTests.Programs;

/// <summary>Limits of memory, processor time and processes: as root always, as an ordinary user where a cgroup is delegated.</summary>
public sealed class BusyboxLimitTests(BusyboxFixture busybox) : IClassFixture<BusyboxFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task More_memory_than_the_limit_is_not_to_be_had()
    {
        // tail keeps what it was asked for.
        ContainerSpec greedy = busybox.Script("head -c 100m /dev/zero | tail -c 100m | wc -c");

        ExecResult limited = await RunAsync(greedy.WithMemoryLimit(ByteSize.MiB(16)));
        ExecResult free = await RunAsync(greedy.WithMemoryLimit(ByteSize.MiB(512)));

        Assert.NotEqual("104857600\n", limited.StandardOutput);
        Assert.Equal("104857600\n", free.StandardOutput);
    }

    [Fact]
    public async Task The_first_process_that_uses_too_much_memory_is_killed()
    {
        ExecResult result = await RunAsync(busybox.Spec("tail", "-c", "100m", "/dev/zero").WithMemoryLimit(ByteSize.MiB(16)));

        Assert.Equal(ExitStatus.FromSignal(9), result.ExitStatus);
    }

    [Fact]
    public async Task No_more_processes_than_the_limit()
    {
        ExecResult result = await RunAsync(busybox.Script("for i in $(seq 1 30); do sleep 1000 & done; echo all").WithPidsLimit(10));

        Assert.Equal("", result.StandardOutput);
        Assert.Contains("can't fork", result.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_busy_process_is_throttled()
    {
        await using Container container = await StartAsync(busybox.Script("while :; do :; done").WithCpuLimit(0.1));

        // The kernel's own count, cgroup v2 and v1; it grows as long as the loop runs.
        const string Count = "cat /sys/fs/cgroup/cpu.stat /sys/fs/cgroup/cpu/cpu.stat /sys/fs/cgroup/cpu,cpuacct/cpu.stat 2>/dev/null | grep nr_throttled";
        string throttled;
        do
        {
            throttled = (await container.ExecAsync(["sh", "-c", Count], Token)).StandardOutput.Trim();
            Assert.StartsWith("nr_throttled ", throttled, StringComparison.Ordinal);
        }
        while (throttled.EndsWith(" 0", StringComparison.Ordinal));
    }

    private async Task<ExecResult> RunAsync(ContainerSpec spec)
    {
        try
        {
            return await busybox.RunAsync(spec);
        }
        catch (UnsupportedException e) when (busybox.Engine.IsRootless)
        {
            throw Skip(e);
        }
    }

    private async Task<Container> StartAsync(ContainerSpec spec)
    {
        try
        {
            return await busybox.Engine.Containers.StartAsync(spec, Token);
        }
        catch (UnsupportedException e) when (busybox.Engine.IsRootless)
        {
            throw Skip(e);
        }
    }

    private static InvalidOperationException Skip(UnsupportedException reason)
    {
        Assert.Contains("cgroup", reason.Message, StringComparison.Ordinal);
        Assert.Skip("missing capability: a delegated cgroup: " + reason.Message);
        return new InvalidOperationException();
    }
}

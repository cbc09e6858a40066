using System.Diagnostics;
using System.Globalization;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Options;

/// <summary>
/// Limits besides those of <see cref="BusyboxLimitTests"/>, as the kernel's files show them inside and as they bind; on version 1 and 2. Without
/// a cgroup each is an error that says how to get one.
/// </summary>
public sealed class LimitTests(BusyboxFixture busybox) : OptionTest(busybox), IClassFixture<BusyboxFixture>
{
    [Fact]
    public async Task Memory_reservation()
        => Assert.Equal("16777216\n", await ReadAsync(s => s.WithMemoryReservation(ByteSize.MiB(16)), "memory.low", "memory/memory.soft_limit_in_bytes"));

    [Fact]
    public async Task Memory_and_swap()
    {
        Assert.Equal("8388608\n", await ReadSwapAsync(s => s.WithMemoryAndSwapLimit(ByteSize.MiB(24)), total: false));
        Assert.Equal("0\n", await ReadSwapAsync(s => s.WithMemoryAndSwapLimit(ByteSize.MiB(16)), total: false));
        Assert.Contains(await ReadSwapAsync(s => s.WithUnlimitedSwap(), total: true), new[] { "max\n", "9223372036854771712\n" });
    }

    [Fact]
    public async Task Memory_swappiness_is_set_where_the_host_has_it()
        => await ReadOnVersion1Async(s => s.WithMemorySwappiness(7), "memory/memory.swappiness", "7\n", "Swappiness");

    [Fact]
    public async Task Processes_wait_in_place_of_being_killed_where_the_host_has_it()
        => await ReadOnVersion1Async(s => s.WithMemoryLimit(ByteSize.MiB(16)).WithOomKillDisabled(), "memory/memory.oom_control", "oom_kill_disable 1\nunder_oom 0\noom_kill 0\n", "OomKillDisabled");

    [Fact]
    public async Task Shares_of_processors()
        => Assert.Contains(await ReadAsync(s => s.WithCpuShares(512), "cpu.weight", "cpu/cpu.shares"), new[] { "20\n", "512\n" });

    [Fact]
    public async Task Quota_and_period_of_processors()
    {
        ContainerSpec Change(ContainerSpec spec) => spec.WithCpuQuota(TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(200));

        Assert.Contains(await ReadAsync(Change, "cpu.max", "cpu/cpu.cfs_quota_us"), new[] { "30000 200000\n", "30000\n" });
        Assert.Contains(await ReadAsync(Change, "cpu.max", "cpu/cpu.cfs_period_us"), new[] { "30000 200000\n", "200000\n" });
    }

    [Fact]
    public async Task Set_of_processors_and_memory_nodes_binds()
        => Assert.Equal("Cpus_allowed_list:\t0\nMems_allowed_list:\t0\n", await LimitedAsync(Script("grep -e Cpus_allowed_list -e Mems_allowed_list /proc/self/status").WithCpuset("0", "0")));

    [Fact]
    public async Task Real_time_is_given_or_refused_with_the_reason()
    {
        try
        {
            Assert.Equal("10000\n", await ReadAsync(s => s.WithCpuRealtime(TimeSpan.FromMilliseconds(10)), "cpu/cpu.rt_runtime_us", "cpu/cpu.rt_runtime_us"));
        }
        catch (UnsupportedException e)
        {
            Assert.Contains("CpuRealtimeRuntime", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Weights_of_block_devices_are_given_or_refused_with_the_reason()
    {
        try
        {
            Assert.NotEqual("", await LimitedAsync(Script("cat /sys/fs/cgroup/io.bfq.weight /sys/fs/cgroup/io.weight /sys/fs/cgroup/blkio/blkio.weight /sys/fs/cgroup/blkio/blkio.bfq.weight 2>/dev/null; true").WithIoWeight(200)));
        }
        catch (UnsupportedException e)
        {
            Assert.Contains("IoWeight", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Throttled_writes_take_their_time()
    {
        string disk = RequireDisk();
        string directory = Directory.CreateDirectory(Path.Combine(Busybox.Directory, "io-" + Guid.NewGuid().ToString("n"))).FullName;
        ContainerSpec spec = Script("dd if=/dev/zero of=/data/file bs=256k count=16 oflag=direct 2>/dev/null && busybox stat -c %s /data/file")
            .WithBind(directory, "/data").WithIoThrottle(new IoThrottle(disk) { WriteBytes = ByteSize.MiB(1) });
        var watch = Stopwatch.StartNew();

        ExecResult result = await RunLimitedAsync(spec);

        Assert.SkipWhen(result.ExitCode == 1, "missing capability: a file system with direct writes");
        Assert.Equal("4194304\n", result.StandardOutput);

        // The kernel lets one second's worth through at once; less than two for four seconds' worth would be no limit.
        Assert.True(watch.Elapsed > TimeSpan.FromSeconds(2), $"4 MiB at 1 MiB/s took {watch.Elapsed}");
    }

    [Fact]
    public async Task Every_kind_of_throttle_is_set()
    {
        string disk = RequireDisk();
        IoThrottle throttle = new(disk) { ReadBytes = ByteSize.MiB(1), WriteBytes = ByteSize.MiB(2), ReadOperations = 300, WriteOperations = 400 };

        string files = await LimitedAsync(Script("cat /sys/fs/cgroup/io.max 2>/dev/null || cat /sys/fs/cgroup/blkio/blkio.throttle.*_device").WithIoThrottle(throttle));

        foreach (string value in new[] { "1048576", "2097152", "300", "400" })
        {
            Assert.Contains(value, files, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Huge_pages_are_limited_or_refused_with_the_reason()
    {
        try
        {
            Assert.Equal("4194304\n", await ReadAsync(s => s.WithHugePageLimit("2MB", ByteSize.MiB(4)), "hugetlb.2MB.max", "hugetlb/hugetlb.2MB.limit_in_bytes"));
        }
        catch (UnsupportedException e)
        {
            Assert.Contains("HugePageBytes", e.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>The disk that holds the test's files, where it is one.</summary>
    private string RequireDisk()
    {
        string device = File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' '))
            .Where(f => Busybox.Directory.StartsWith(f[4], StringComparison.Ordinal)).MaxBy(f => f[4].Length)![2];
        string link = "/sys/dev/block/" + device;
        Assert.SkipUnless(Directory.Exists(link) && !File.Exists(Path.Combine(link, "partition")), "missing capability: temporary files on a whole disk");
        string disk = "/dev/" + Path.GetFileName(Directory.ResolveLinkTarget(link, true)!.FullName);
        Assert.SkipUnless(File.Exists(disk), "missing capability: " + disk);
        return disk;
    }

    /// <summary>One file of the container's cgroup, by its names in version 2 and 1.</summary>
    private Task<string> ReadAsync(Func<ContainerSpec, ContainerSpec> change, string unified, string legacy)
        => LimitedAsync(change(Script($"cat /sys/fs/cgroup/{unified} 2>/dev/null || cat /sys/fs/cgroup/{legacy}")));

    /// <summary>Swap alone, or the whole; version 1 counts memory as well.</summary>
    private async Task<string> ReadSwapAsync(Func<ContainerSpec, ContainerSpec> change, bool total)
    {
        string text = await ReadAsync(s => change(s.WithMemoryLimit(ByteSize.MiB(16))), "memory.swap.max", "memory/memory.memsw.limit_in_bytes");
        bool legacy = Directory.Exists("/sys/fs/cgroup/memory");
        return total || !legacy ? text : (long.Parse(text, CultureInfo.InvariantCulture) - (16 << 20)).ToString(CultureInfo.InvariantCulture) + "\n";
    }

    private async Task ReadOnVersion1Async(Func<ContainerSpec, ContainerSpec> change, string file, string expected, string option)
    {
        try
        {
            Assert.Equal(expected, await ReadAsync(change, file, file));
        }
        catch (UnsupportedException e) when (!Directory.Exists("/sys/fs/cgroup/memory"))
        {
            Assert.Contains(option, e.Message, StringComparison.Ordinal);
        }
    }

    private async Task<string> LimitedAsync(ContainerSpec spec)
    {
        ExecResult result = await RunLimitedAsync(spec);
        Assert.Equal((0, ""), (result.ExitCode, result.StandardError));
        return result.StandardOutput;
    }

    private async Task<ExecResult> RunLimitedAsync(ContainerSpec spec)
    {
        try
        {
            return await RunAsync(spec);
        }
        catch (UnsupportedException e) when (Engine.IsRootless && e.Message.Contains("cgroup", StringComparison.Ordinal))
        {
            Assert.Skip("missing capability: a delegated cgroup: " + e.Message);
            throw;
        }
    }
}

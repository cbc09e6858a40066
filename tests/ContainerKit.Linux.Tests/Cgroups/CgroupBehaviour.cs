using System.Diagnostics;
using ContainerKit.Linux.Cgroups;
using ContainerKit.Linux.Cgroups.Devices;
using Xunit;

namespace ContainerKit.Linux.Tests.Cgroups;

/// <summary>What holds for every kind of hierarchy.</summary>
public abstract class CgroupBehaviour
{
    /// <summary>Skips the test where one of the controllers can't be used.</summary>
    private protected abstract TestCgroups Require(params CgroupController[] controllers);

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_process_in_a_cgroup_is_listed_killed_and_leaves_nothing()
    {
        await using TestCgroups cgroups = Require();
        using Cgroup cgroup = cgroups.Host.Create("listed", new CgroupSpec());
        Process shell = cgroups.Run(cgroup, "sleep 1000 & echo $$ $!; wait");
        string[] expected = (await shell.StandardOutput.ReadLineAsync(Cancellation))!.Split(' ');

        Assert.Equal(expected.Select(int.Parse).Order(), cgroup.ReadProcessIds());
        await cgroup.KillAllAsync(Cancellation);
        await shell.WaitForExitAsync(Cancellation);

        Assert.Equal(128 + 9, shell.ExitCode);
        await cgroup.RemoveAsync(Cancellation);
        Assert.All(cgroup.Paths, path => Assert.False(Directory.Exists(path)));
        Assert.Empty(cgroups.Host.ListOwned());
    }

    [Fact]
    public async Task Removal_kills_what_is_left()
    {
        await using TestCgroups cgroups = Require();
        using Cgroup cgroup = cgroups.Host.Create("left", new CgroupSpec());
        Process shell = cgroups.Run(cgroup, "echo in; sleep 1000");
        await shell.StandardOutput.ReadLineAsync(Cancellation);

        Assert.True(await cgroups.Host.RemoveAsync("left", Cancellation));

        await shell.WaitForExitAsync(Cancellation);
        Assert.Null(cgroups.Host.Open("left"));
        Assert.False(await cgroups.Host.RemoveAsync("left", Cancellation));
    }

    [Fact]
    public async Task Cgroups_that_a_container_made_inside_are_killed_and_removed()
    {
        await using TestCgroups cgroups = Require();
        using Cgroup cgroup = cgroups.Host.Create("nested", new CgroupSpec());
        string nested = cgroup.Paths.First() + "/a/b";
        Directory.CreateDirectory(nested);
        Process shell = cgroups.Run(cgroup, $"echo 0 > {nested}/cgroup.procs; echo $$; sleep 1000");
        int pid = int.Parse((await shell.StandardOutput.ReadLineAsync(Cancellation))!);

        Assert.Contains(pid, cgroup.ReadProcessIds());
        await cgroup.RemoveAsync(Cancellation);

        await shell.WaitForExitAsync(Cancellation);
        Assert.False(Directory.Exists(nested));
    }

    [Fact]
    public async Task An_id_that_exists_is_a_conflict_and_stays()
    {
        await using TestCgroups cgroups = Require();
        using Cgroup first = cgroups.Host.Create("same", new CgroupSpec());

        LinuxException error = Assert.Throws<LinuxException>(() => cgroups.Host.Create("same", new CgroupSpec()));

        Assert.Equal(Errno.EEXIST, error.Errno);
        Assert.All(first.Paths, path => Assert.True(Directory.Exists(path)));
    }

    [Fact]
    public async Task A_creation_that_the_kernel_refuses_leaves_nothing()
    {
        await using TestCgroups cgroups = Require(CgroupController.Cpuset, CgroupController.Memory);
        CgroupLimits limits = new() { MemoryBytes = 64 << 20, CpusetProcessors = "65000" };

        LinuxException error = Assert.Throws<LinuxException>(() => cgroups.Host.Create("refused", new CgroupSpec { Limits = limits }));

        Assert.Contains("write \"65000\"", error.Message, StringComparison.Ordinal);
        Assert.Empty(cgroups.Host.ListOwned());
    }

    [Fact]
    public async Task Two_threads_create_different_ids_at_once()
    {
        await using TestCgroups cgroups = Require();
        await Parallel.ForAsync(0, 40, Cancellation, async (number, token) =>
        {
            using Cgroup cgroup = cgroups.Host.Create($"parallel-{number}", new CgroupSpec());
            if (number % 2 == 0)
                await cgroup.RemoveAsync(token);
        });

        Assert.Equal(20, cgroups.Host.ListOwned().Count);
    }

    [Fact]
    public async Task Memory_beyond_the_limit_is_killed_and_counted()
    {
        await using TestCgroups cgroups = Require(CgroupController.Memory);
        CgroupLimits limits = new() { MemoryBytes = 16 << 20 };
        using Cgroup cgroup = cgroups.Host.Create("memory", new CgroupSpec { Limits = limits });

        // A shell variable of 64 MiB: doubling is portable and needs no tool.
        const string script = "x=0123456789abcdef; while [ ${#x} -lt 67108864 ]; do x=$x$x; done; echo survived";
        (int exitCode, _, _) = await cgroups.RunToEndAsync(cgroup, script);

        Assert.Equal(128 + 9, exitCode);
        CgroupMemoryUsage usage = cgroup.ReadMemory()!;
        Assert.True(usage.OomKills >= 1, usage.ToString());
        Assert.Equal(limits.MemoryBytes, usage.LimitBytes);
    }

    [Fact]
    public async Task Forks_beyond_the_limit_fail()
    {
        await using TestCgroups cgroups = Require(CgroupController.Pids);
        using Cgroup cgroup = cgroups.Host.Create("pids", new CgroupSpec { Limits = new CgroupLimits { Pids = 4 } });

        (_, _, string error) = await cgroups.RunToEndAsync(cgroup, "for i in 1 2 3 4 5 6; do sleep 1000 > /dev/null 2>&1 & done");

        Assert.Contains("fork", error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Cpu_quota_throttles_and_time_is_counted()
    {
        await using TestCgroups cgroups = Require(CgroupController.Cpu);
        CgroupLimits limits = new() { Processors = 0.05 };
        using Cgroup cgroup = cgroups.Host.Create("cpu", new CgroupSpec { Limits = limits, Accounting = true });

        Process shell = cgroups.Run(cgroup, "while :; do :; done");
        while (cgroup.ReadCpu()!.ThrottledPeriods == 0 && !shell.HasExited)
            await Task.Delay(10, Cancellation);

        Assert.False(shell.HasExited);
        CgroupCpuUsage usage = cgroup.ReadCpu()!;
        Assert.True(usage.Total > TimeSpan.FromMilliseconds(4), usage.ToString());
    }

    [Fact]
    public async Task A_cpuset_confines_processes()
    {
        await using TestCgroups cgroups = Require(CgroupController.Cpuset);
        using Cgroup cgroup = cgroups.Host.Create("cpuset", new CgroupSpec { Limits = new CgroupLimits { CpusetProcessors = "0" } });

        (int exitCode, string output, _) = await cgroups.RunToEndAsync(cgroup, "grep Cpus_allowed_list /proc/self/status");

        Assert.Equal((0, "Cpus_allowed_list:\t0"), (exitCode, output));
    }

    [Fact]
    public async Task Limits_of_a_running_cgroup_are_added_changed_and_lifted()
    {
        await using TestCgroups cgroups = Require(CgroupController.Memory, CgroupController.Pids);
        using Cgroup cgroup = cgroups.Host.Create("update", new CgroupSpec());
        Process shell = cgroups.Run(cgroup, "echo in; read line; for i in 1 2 3 4; do sleep 1000 & done");
        await shell.StandardOutput.ReadLineAsync(Cancellation);

        cgroup.SetLimits(new CgroupLimits { MemoryBytes = 32 << 20, Pids = 3 });
        Assert.Equal(32 << 20, cgroup.ReadMemory()!.LimitBytes);
        Assert.Equal(1, cgroup.ReadTaskCount());
        cgroup.SetLimits(new CgroupLimits { MemoryBytes = 128 << 20, Pids = 3 });
        Assert.Equal(128 << 20, cgroup.ReadMemory()!.LimitBytes);
        cgroup.SetLimits(new CgroupLimits { MemoryBytes = 64 << 20, MemoryAndSwapBytes = 64 << 20, Pids = 3 });
        Assert.Equal(64 << 20, cgroup.ReadMemory()!.LimitBytes);
        cgroup.SetLimits(new CgroupLimits { Pids = 3 });
        Assert.Null(cgroup.ReadMemory()!.LimitBytes);

        await shell.StandardInput.WriteLineAsync("go".AsMemory(), Cancellation);
        Assert.Contains("fork", await shell.StandardError.ReadLineAsync(Cancellation), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Frozen_processes_continue_when_thawed()
    {
        await using TestCgroups cgroups = Require(CgroupController.Freezer);
        using Cgroup cgroup = cgroups.Host.Create("frozen", new CgroupSpec());
        Process shell = cgroups.Run(cgroup, "echo in; read line; echo \"$line\"");
        await shell.StandardOutput.ReadLineAsync(Cancellation);

        await cgroup.FreezeAsync(Cancellation);
        await shell.StandardInput.WriteLineAsync("thawed".AsMemory(), Cancellation);
        Task<string?> answer = shell.StandardOutput.ReadLineAsync(Cancellation).AsTask();
        Assert.False(answer.IsCompleted);
        cgroup.Thaw();

        Assert.Equal("thawed", await answer);
    }

    [Fact]
    public async Task Frozen_processes_are_killed()
    {
        await using TestCgroups cgroups = Require(CgroupController.Freezer);
        using Cgroup cgroup = cgroups.Host.Create("frozen", new CgroupSpec());
        Process shell = cgroups.Run(cgroup, "echo in; read line");
        await shell.StandardOutput.ReadLineAsync(Cancellation);
        await cgroup.FreezeAsync(Cancellation);

        await cgroup.RemoveAsync(Cancellation);

        await shell.WaitForExitAsync(Cancellation);
        Assert.Equal(128 + 9, shell.ExitCode);
    }

    [Fact]
    public async Task The_default_devices_can_be_used_and_no_others()
    {
        await using TestCgroups cgroups = Require(CgroupController.Devices);
        using Cgroup cgroup = cgroups.Host.Create("devices", new CgroupSpec { Devices = DevicePolicy.Default });
        string node = Path.Combine(Path.GetTempPath(), $"ck-cgroups-{Guid.NewGuid():N}");

        (_, string output, string error) = await cgroups.RunToEndAsync(cgroup, $"""
            echo x > /dev/null && head -c 1 /dev/urandom > /dev/null && echo usable
            mknod {node} b 7 0 && rm {node} && echo made a disk
            mknod {node} c 1 3 && rm {node} && echo made null
            : < /dev/kmsg && echo read kmsg
            """);

        Assert.Equal(["usable", "made null"], output.Split('\n'));
        Assert.Contains("not permitted", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_that_is_allowed_in_addition_can_be_read()
    {
        await using TestCgroups cgroups = Require(CgroupController.Devices);
        DevicePolicy policy = DevicePolicy.Default.Allow(new DeviceRule(DeviceKind.Character, 1, 11, DeviceAccess.Read));
        using Cgroup cgroup = cgroups.Host.Create("device", new CgroupSpec { Devices = policy });

        (_, string output, _) = await cgroups.RunToEndAsync(cgroup, ": < /dev/kmsg && echo read; (: > /dev/kmsg) && echo written");

        Assert.Equal("read", output);
    }
}

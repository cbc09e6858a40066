using ContainerKit.Linux.Cgroups;
using ContainerKit.Linux.Cgroups.Controllers;
using Xunit;

namespace ContainerKit.Linux.Tests.Cgroups;

/// <summary>What is written to and read from the files of both versions.</summary>
public sealed class ResourceControllerTests
{
    [Theory]
    [InlineData(null, "67108864")] // as Docker: as much swap as memory
    [InlineData(64L << 20, "0")]
    [InlineData(96L << 20, "33554432")]
    [InlineData(-1L, "max")]
    public void Memory_and_swap_are_separate_in_version_2(long? total, string swap)
    {
        using FakeCgroup cgroup = new(CgroupVersion.V2, "memory.max", "memory.swap.max");

        new MemoryController().Apply(
            cgroup.Directory, new CgroupLimits { MemoryBytes = 64 << 20, MemoryAndSwapBytes = total }, CgroupLimits.None);

        Assert.Equal(("67108864", swap), (cgroup["memory.max"], cgroup["memory.swap.max"]));
    }

    [Fact]
    public void Memory_and_swap_are_one_sum_in_version_1()
    {
        using FakeCgroup cgroup = new(CgroupVersion.V1, "memory.limit_in_bytes", "memory.memsw.limit_in_bytes");

        new MemoryController().Apply(cgroup.Directory, new CgroupLimits { MemoryBytes = 64 << 20 }, CgroupLimits.None);

        Assert.Equal(("67108864", "134217728"), (cgroup["memory.limit_in_bytes"], cgroup["memory.memsw.limit_in_bytes"]));
    }

    [Theory]
    [InlineData(CgroupVersion.V1, "memory.limit_in_bytes")]
    [InlineData(CgroupVersion.V2, "memory.max")]
    public void Swap_that_the_kernel_does_not_account_is_an_error_only_when_it_was_asked_for(CgroupVersion version, string file)
    {
        using FakeCgroup cgroup = new(version, file);
        CgroupLimits limits = new() { MemoryBytes = 64 << 20 };

        new MemoryController().Apply(cgroup.Directory, limits, CgroupLimits.None);
        Assert.Equal("67108864", cgroup[file]);

        CgroupUnavailableException error = Assert.Throws<CgroupUnavailableException>(
            () => new MemoryController().Apply(cgroup.Directory, limits with { MemoryAndSwapBytes = 64 << 20 }, limits));
        Assert.Contains("MemoryAndSwapBytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_usage_is_read_from_version_2()
    {
        using FakeCgroup cgroup = new(CgroupVersion.V2);
        cgroup["memory.current"] = "4096000\n";
        cgroup["memory.max"] = "max\n";
        cgroup["memory.stat"] = "anon 1\ninactive_file_other 7\ninactive_file 8192\n";
        cgroup["memory.events"] = "low 0\noom 3\noom_kill 2\noom_group_kill 0\n";

        Assert.Equal(new CgroupMemoryUsage(4096000, 8192, null, 2), MemoryController.Read(cgroup.Directory));
    }

    [Fact]
    public void Memory_usage_is_read_from_version_1()
    {
        using FakeCgroup cgroup = new(CgroupVersion.V1);
        cgroup["memory.usage_in_bytes"] = "4096000\n";
        cgroup["memory.limit_in_bytes"] = "9223372036854771712\n";
        cgroup["memory.stat"] = "inactive_file 1\ntotal_inactive_file 8192\n";
        cgroup["memory.oom_control"] = "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n";

        Assert.Equal(new CgroupMemoryUsage(4096000, 8192, null, 2), MemoryController.Read(cgroup.Directory));
        cgroup["memory.limit_in_bytes"] = "8388608\n";
        Assert.Equal(8388608, MemoryController.Read(cgroup.Directory)!.LimitBytes);
    }

    [Fact]
    public void Usage_of_a_removed_cgroup_is_null()
    {
        CgroupDirectory removed = new(Path.Combine(Path.GetTempPath(), $"ck-cgroups-{Guid.NewGuid():N}"), CgroupVersion.V2);

        Assert.Null(MemoryController.Read(removed));
        Assert.Null(PidsController.Read(removed));
        Assert.Null(CpuController.ReadUnified(removed));
        Assert.Null(CpuController.ReadLegacy(removed, removed));
    }

    [Fact]
    public void Processors_are_a_quota_of_100_ms()
    {
        using FakeCgroup unified = new(CgroupVersion.V2, "cpu.max", "cpu.weight");
        using FakeCgroup legacy = new(CgroupVersion.V1, "cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.shares");
        CgroupLimits limits = new() { Processors = 1.5, CpuShares = 512 };
        foreach (FakeCgroup cgroup in (FakeCgroup[])[unified, legacy])
            new CpuController().Apply(cgroup.Directory, limits, CgroupLimits.None);

        Assert.Equal(("150000 100000", "20"), (unified["cpu.max"], unified["cpu.weight"]));
        Assert.Equal(("150000", "100000", "512"), (legacy["cpu.cfs_quota_us"], legacy["cpu.cfs_period_us"], legacy["cpu.shares"]));
    }

    [Theory]
    [InlineData(2, "1")]
    [InlineData(1024, "100")]
    [InlineData(262144, "10000")]
    public void Shares_cover_the_range_of_weights(long shares, string weight)
    {
        using FakeCgroup cgroup = new(CgroupVersion.V2, "cpu.max", "cpu.weight");

        new CpuController().Apply(cgroup.Directory, new CgroupLimits { CpuShares = shares }, previous: null);

        Assert.Equal(weight, cgroup["cpu.weight"]);
    }

    [Fact]
    public void Limits_that_are_lifted_are_written()
    {
        using FakeCgroup cgroup = new(CgroupVersion.V2, "cpu.max", "cpu.weight", "pids.max", "memory.max", "memory.swap.max");
        CgroupLimits limits = new() { MemoryBytes = 64 << 20, Processors = 1, Pids = 5 };

        new MemoryController().Apply(cgroup.Directory, CgroupLimits.None, limits);
        new PidsController().Apply(cgroup.Directory, CgroupLimits.None, limits);
        new CpuController().Apply(cgroup.Directory, CgroupLimits.None, limits);

        Assert.Equal(("max", "max", "max"), (cgroup["memory.max"], cgroup["memory.swap.max"], cgroup["pids.max"]));
        Assert.Equal(("max 100000", ""), (cgroup["cpu.max"], cgroup["cpu.weight"]));
    }

    [Fact]
    public void Limits_that_do_not_change_are_not_written()
    {
        CgroupDirectory missing = new(Path.Combine(Path.GetTempPath(), $"ck-cgroups-{Guid.NewGuid():N}"), CgroupVersion.V2);
        CgroupLimits limits = new() { MemoryBytes = 64 << 20, Processors = 1, CpuShares = 2, Pids = 5, CpusetProcessors = "0" };

        foreach (ResourceController controller in ResourceController.All)
            controller.Apply(missing, limits, limits with { });
    }

    [Fact]
    public void A_new_cpuset_of_version_1_inherits_what_its_parent_has()
    {
        using FakeCgroup parent = new(CgroupVersion.V1);
        parent["cpuset.cpus"] = "0-3\n";
        parent["cpuset.mems"] = "0\n";
        parent["child/cpuset.cpus"] = "\n";
        parent["child/cpuset.mems"] = "\n";

        new CpusetController().PrepareLegacy(parent.Directory.Child("child"));

        Assert.Equal("0-3", parent["child/cpuset.cpus"].Trim());
        Assert.Equal("0", parent["child/cpuset.mems"].Trim());
    }

    [Fact]
    public void A_refused_write_names_the_value_and_the_file()
    {
        using FakeCgroup cgroup = new(CgroupVersion.V2);

        LinuxException error = Assert.Throws<LinuxException>(() => cgroup.Directory.Write("pids.max", 5));

        Assert.Equal(Errno.ENOENT, error.Errno);
        Assert.Contains($"write \"5\" on {cgroup.Directory.Path}/pids.max", error.Message, StringComparison.Ordinal);
    }
}

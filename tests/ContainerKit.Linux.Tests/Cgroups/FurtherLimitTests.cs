using ContainerKit.Linux.Cgroups;
using ContainerKit.Linux.Cgroups.Controllers;
using ContainerKit.Linux.Cgroups.Devices;
using Xunit;

namespace ContainerKit.Linux.Tests.Cgroups;

/// <summary>What limits of I/O, huge pages, quotas, real time, reservation and OOM are in the files of both versions.</summary>
public sealed class FurtherLimitTests
{
    private static readonly CgroupIoThrottle s_throttle = new(8, 0) { ReadBytes = 1000, WriteOperations = 20 };

    [Fact]
    public void Throttles_are_one_line_a_device_in_version_2()
    {
        using FakeCgroup cgroup = new(CgroupVersion.V2, "io.max");
        CgroupLimits limits = new() { IoThrottles = [s_throttle] };

        new IoController().Apply(cgroup.Directory, limits, CgroupLimits.None);
        Assert.Equal("8:0 rbps=1000 wbps=max riops=max wiops=20", cgroup["io.max"]);
        cgroup["io.max"] = "";

        new IoController().Apply(cgroup.Directory, CgroupLimits.None, limits);
        Assert.Equal("8:0 rbps=max wbps=max riops=max wiops=max", cgroup["io.max"]);
    }

    [Fact]
    public void Throttles_have_a_file_a_kind_in_version_1()
    {
        using FakeCgroup cgroup = new(CgroupVersion.V1, "blkio.throttle.read_bps_device", "blkio.throttle.write_iops_device", "blkio.throttle.read_iops_device");
        CgroupLimits limits = new() { IoThrottles = [s_throttle] };

        new IoController().Apply(cgroup.Directory, limits, CgroupLimits.None);
        Assert.Equal(("8:0 1000", "8:0 20", ""), (cgroup["blkio.throttle.read_bps_device"], cgroup["blkio.throttle.write_iops_device"], cgroup["blkio.throttle.read_iops_device"]));
        cgroup["blkio.throttle.read_bps_device"] = "";

        new IoController().Apply(cgroup.Directory, new CgroupLimits { IoThrottles = [s_throttle with { ReadBytes = null }] }, limits);
        Assert.Equal(("8:0 0", "8:0 20"), (cgroup["blkio.throttle.read_bps_device"], cgroup["blkio.throttle.write_iops_device"]));
    }

    [Theory]
    [InlineData(CgroupVersion.V1, "blkio.weight", 10, "10")]
    [InlineData(CgroupVersion.V1, "blkio.bfq.weight", 500, "500")]
    [InlineData(CgroupVersion.V2, "io.bfq.weight", 1000, "1000")]
    [InlineData(CgroupVersion.V2, "io.weight", 10, "1")]
    [InlineData(CgroupVersion.V2, "io.weight", 1000, "10000")]
    public void Weights_are_written_where_the_kernel_has_them(CgroupVersion version, string file, int weight, string written)
    {
        using FakeCgroup cgroup = new(version, file);

        new IoController().Apply(cgroup.Directory, new CgroupLimits { IoWeight = weight }, CgroupLimits.None);

        Assert.Equal(written, cgroup[file]);
    }

    [Fact]
    public void Weights_that_the_kernel_lacks_are_an_error()
    {
        using FakeCgroup cgroup = new(CgroupVersion.V1);

        Assert.Contains("IoWeight", Assert.Throws<CgroupUnavailableException>(() => new IoController().Apply(cgroup.Directory, new CgroupLimits { IoWeight = 10 }, CgroupLimits.None)).Message, StringComparison.Ordinal);
        CgroupLimits device = new() { IoDeviceWeights = [new CgroupIoWeight(8, 0, 100)] };
        Assert.Contains("IoDeviceWeights", Assert.Throws<CgroupUnavailableException>(() => new IoController().Apply(cgroup.Directory, device, CgroupLimits.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Device_weights_are_written_and_lifted()
    {
        using FakeCgroup cgroup = new(CgroupVersion.V1, "blkio.weight", "blkio.weight_device");
        CgroupLimits limits = new() { IoDeviceWeights = [new CgroupIoWeight(8, 0, 100)] };

        new IoController().Apply(cgroup.Directory, limits, CgroupLimits.None);
        Assert.Equal("8:0 100", cgroup["blkio.weight_device"]);
        cgroup["blkio.weight_device"] = "";

        new IoController().Apply(cgroup.Directory, CgroupLimits.None, limits);
        Assert.Equal("8:0 0", cgroup["blkio.weight_device"]);
    }

    [Theory]
    [InlineData(CgroupVersion.V1, "hugetlb.2MB.limit_in_bytes", "-1")]
    [InlineData(CgroupVersion.V2, "hugetlb.2MB.max", "max")]
    public void Huge_pages_are_limited_by_the_size_of_a_page(CgroupVersion version, string file, string lifted)
    {
        using FakeCgroup cgroup = new(version, file);
        CgroupLimits limits = new() { HugePageBytes = CgroupLimits.None.HugePageBytes.Add("2MB", 4 << 20) };

        new HugetlbController().Apply(cgroup.Directory, limits, CgroupLimits.None);
        Assert.Equal("4194304", cgroup[file]);
        cgroup[file] = "";
        new HugetlbController().Apply(cgroup.Directory, CgroupLimits.None, limits);
        Assert.Equal(lifted, cgroup[file]);

        CgroupLimits other = new() { HugePageBytes = CgroupLimits.None.HugePageBytes.Add("1GB", 0) };
        Assert.Contains("1GB", Assert.Throws<CgroupUnavailableException>(() => new HugetlbController().Apply(cgroup.Directory, other, CgroupLimits.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Quota_has_a_period_of_its_own()
    {
        using FakeCgroup unified = new(CgroupVersion.V2, "cpu.max");
        using FakeCgroup legacy = new(CgroupVersion.V1, "cpu.cfs_quota_us", "cpu.cfs_period_us");
        CgroupLimits limits = new() { CpuQuota = TimeSpan.FromMilliseconds(5), CpuPeriod = TimeSpan.FromMilliseconds(20) };
        foreach (FakeCgroup cgroup in (FakeCgroup[])[unified, legacy])
            new CpuController().Apply(cgroup.Directory, limits, CgroupLimits.None);

        Assert.Equal("5000 20000", unified["cpu.max"]);
        Assert.Equal(("5000", "20000"), (legacy["cpu.cfs_quota_us"], legacy["cpu.cfs_period_us"]));
    }

    [Fact]
    public void Real_time_is_asked_of_the_parent_first()
    {
        using FakeCgroup root = new(CgroupVersion.V1, "parent/child/cpu.rt_runtime_us", "parent/child/cpu.rt_period_us");
        root["cpu.rt_runtime_us"] = "950000";
        root["parent/cpu.rt_runtime_us"] = "0";

        new CpuController().Apply(root.Directory.Child("parent").Child("child"), new CgroupLimits { CpuRealtimeRuntime = TimeSpan.FromMilliseconds(10) }, CgroupLimits.None);

        Assert.Equal(("10000", "10000", "1000000"), (root["parent/cpu.rt_runtime_us"], root["parent/child/cpu.rt_runtime_us"], root["parent/child/cpu.rt_period_us"]));
    }

    [Theory]
    [InlineData(CgroupVersion.V1)]
    [InlineData(CgroupVersion.V2)]
    public void Real_time_that_the_kernel_lacks_is_an_error(CgroupVersion version)
    {
        using FakeCgroup cgroup = new(version);

        CgroupUnavailableException error = Assert.Throws<CgroupUnavailableException>(
            () => new CpuController().Apply(cgroup.Directory, new CgroupLimits { CpuRealtimeRuntime = TimeSpan.FromMilliseconds(10) }, CgroupLimits.None));

        Assert.Contains("CpuRealtimeRuntime", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reservation_swappiness_and_oom_are_written_in_version_1()
    {
        using FakeCgroup cgroup = new(CgroupVersion.V1, "memory.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.swappiness", "memory.oom_control");
        CgroupLimits limits = new() { MemoryBytes = 64 << 20, MemoryReservationBytes = 32 << 20, Swappiness = 0, OomKillDisabled = true };

        new MemoryController().Apply(cgroup.Directory, limits, CgroupLimits.None);
        Assert.Equal(("33554432", "0", "1"), (cgroup["memory.soft_limit_in_bytes"], cgroup["memory.swappiness"], cgroup["memory.oom_control"]));
        cgroup["memory.soft_limit_in_bytes"] = "";

        new MemoryController().Apply(cgroup.Directory, CgroupLimits.None, limits);
        Assert.Equal(("-1", "60", "0"), (cgroup["memory.soft_limit_in_bytes"], cgroup["memory.swappiness"], cgroup["memory.oom_control"]));
    }

    [Fact]
    public void Version_2_has_a_reservation_and_refuses_what_it_does_not_have()
    {
        using FakeCgroup cgroup = new(CgroupVersion.V2, "memory.low", "memory.max", "memory.swap.max");

        new MemoryController().Apply(cgroup.Directory, new CgroupLimits { MemoryReservationBytes = 32 << 20 }, CgroupLimits.None);

        Assert.Equal(("33554432", ""), (cgroup["memory.low"], cgroup["memory.max"]));
        Assert.Contains("Swappiness", Assert.Throws<CgroupUnavailableException>(() => new MemoryController().Apply(cgroup.Directory, new CgroupLimits { Swappiness = 1 }, CgroupLimits.None)).Message, StringComparison.Ordinal);
        Assert.Contains("OomKillDisabled", Assert.Throws<CgroupUnavailableException>(() => new MemoryController().Apply(cgroup.Directory, new CgroupLimits { MemoryBytes = 64 << 20, OomKillDisabled = true }, CgroupLimits.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_compare_by_value()
    {
        CgroupLimits one = new() { IoThrottles = [s_throttle], HugePageBytes = CgroupLimits.None.HugePageBytes.Add("2MB", 1), MemoryBytes = 9 };

        Assert.Equal(one, one with { IoThrottles = [s_throttle with { }], HugePageBytes = CgroupLimits.None.HugePageBytes.Add("2MB", 1) });
        Assert.NotEqual(one, one with { MemoryBytes = 8 });
        Assert.NotEqual(one, one with { IoThrottles = [] });
        Assert.Equal(CgroupLimits.None, new CgroupLimits());
    }

    [Theory]
    [InlineData("c 1:3 rwm", DeviceKind.Character, 1, 3, DeviceAccess.All)]
    [InlineData("b 8:* r", DeviceKind.Block, 8, null, DeviceAccess.Read)]
    [InlineData("a *:* wm", DeviceKind.Any, null, null, DeviceAccess.Write | DeviceAccess.MakeNode)]
    public void Device_rules_are_read(string text, DeviceKind kind, int? major, int? minor, DeviceAccess access)
    {
        Assert.True(DeviceRule.TryParse(text, out DeviceRule? rule));
        Assert.Equal(new DeviceRule(kind, major, minor, access), rule);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("c 1:3")]
    [InlineData("c 1:3 ")]
    [InlineData("c  1:3 r")]
    [InlineData("cc 1:3 r")]
    [InlineData("c 1 r")]
    [InlineData("c 1:3:4 r")]
    [InlineData("c -1:3 r")]
    [InlineData("c 4096:3 r")]
    [InlineData("c 1:1048576 r")]
    [InlineData("c 1:3 rx")]
    public void Other_device_rules_are_refused(string? text) => Assert.False(DeviceRule.TryParse(text, out _));
}

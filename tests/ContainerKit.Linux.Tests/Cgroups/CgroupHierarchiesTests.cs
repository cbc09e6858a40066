using ContainerKit.Linux.Cgroups;
using Xunit;

namespace ContainerKit.Linux.Tests.Cgroups;

public sealed class CgroupHierarchiesTests
{
    private const string UnifiedMount = "25 20 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

    [Fact]
    public void A_unified_host_is_version_2()
    {
        CgroupHierarchies found = CgroupHierarchies.Parse(UnifiedMount, "0::/user.slice/user-1000.slice/session-3.scope\n");

        Assert.Equal(CgroupVersion.V2, found.Version);
        Assert.Equal("/sys/fs/cgroup", found.Unified!.Root.Path);
        Assert.Equal("/sys/fs/cgroup/user.slice/user-1000.slice/session-3.scope", found.Unified.Own!.Path);
    }

    [Fact]
    public void A_hybrid_host_is_version_1_and_has_a_unified_hierarchy()
    {
        CgroupHierarchies found = CgroupHierarchies.Parse(
            """
            32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
            35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
            40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
            41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
            """,
            """
            4:memory:/outer/job
            1:cpu,cpuacct:/
            0::/
            """);

        Assert.Equal(CgroupVersion.V1, found.Version);
        Assert.Equal("/sys/fs/cgroup/unified", found.Unified!.Own!.Path);
        Assert.Equal("/sys/fs/cgroup/memory/outer/job", found.Legacy[CgroupController.Memory].Own!.Path);
        Assert.Equal(found.Legacy[CgroupController.Cpu].Root, found.Legacy[CgroupController.CpuAccounting].Root);
        Assert.DoesNotContain(CgroupController.Pids, found.Legacy.Keys);
    }

    [Fact]
    public void A_unified_host_with_a_named_hierarchy_of_version_1_is_version_2()
        => Assert.Equal(
            CgroupVersion.V2,
            CgroupHierarchies.Parse(UnifiedMount + "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup none rw,name=systemd\n", "0::/\n").Version);

    [Theory]
    [InlineData("/docker/abc", "/docker/abc", "/sys/fs/cgroup")] // a container without a cgroup namespace
    [InlineData("/docker/abc", "/docker/abc/sub", "/sys/fs/cgroup/sub")]
    [InlineData("/docker/abc", "/docker/abcdef", null)]
    [InlineData("/", "/../outside", null)] // moved out of its cgroup namespace
    [InlineData("/..", "/", null)] // the mount is of an outer cgroup namespace
    public void The_own_cgroup_is_found_relative_to_the_mounted_part(string root, string own, string? expected)
    {
        CgroupHierarchies found = CgroupHierarchies.Parse(UnifiedMount.Replace(" / ", $" {root} ", StringComparison.Ordinal), $"0::{own}\n");

        Assert.Equal(expected, found.Unified!.Own?.Path);
    }

    [Fact]
    public void The_usual_place_wins_over_mounts_of_containers_on_this_host()
    {
        string container = UnifiedMount.Replace("/sys/fs/cgroup", "/var/lib/x/rootfs/sys/fs/cgroup", StringComparison.Ordinal);

        foreach (string mounts in (string[])[container + UnifiedMount, UnifiedMount + container])
            Assert.Equal("/sys/fs/cgroup", CgroupHierarchies.Parse(mounts, "0::/\n").Unified!.Root.Path);
    }

    [Fact]
    public void Octal_escapes_of_mount_points_are_decoded()
    {
        string mounts = UnifiedMount.Replace("/sys/fs/cgroup", @"/my\040cgroup\134s\04", StringComparison.Ordinal);

        Assert.Equal(@"/my cgroup\s\04", CgroupHierarchies.Parse(mounts, "0::/\n").Unified!.Root.Path);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("nonsense", "::::")]
    [InlineData("1 2 3 4 5 6 - cgroup2", "0")]
    public void Lines_that_are_not_understood_are_no_cgroups(string mounts, string own)
    {
        CgroupHierarchies found = CgroupHierarchies.Parse(mounts, own);

        Assert.Equal(CgroupVersion.None, found.Version);
        using CgroupHost host = new(found, new CgroupHostOptions());
        Assert.Contains("mount cgroup2", host.UnavailableReason, StringComparison.Ordinal);
        Assert.Throws<CgroupUnavailableException>(() => host.Create("id", new CgroupSpec()));
    }
}

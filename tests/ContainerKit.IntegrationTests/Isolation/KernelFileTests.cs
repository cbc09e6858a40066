using ContainerKit.Linux;
using Xunit;

namespace ContainerKit.IntegrationTests.Isolation;

/// <summary>/proc and /sys show and control the whole machine; a container sees a part and controls nothing.</summary>
[Collection(IsolationCollection.Name)]
public sealed class KernelFileTests(IsolationFixture fixture)
{
    private const int O_WRONLY = 1;

    [Theory]
    [InlineData("/proc/sys/kernel/core_pattern")]
    [InlineData("/proc/sys/kernel/hostname")]
    [InlineData("/proc/sys/vm/drop_caches")]
    [InlineData("/proc/sys/fs/file-max")]
    [InlineData("/proc/sys/net/ipv4/ip_forward")]
    [InlineData("/proc/sysrq-trigger")]
    [InlineData("/proc/irq/default_smp_affinity")]
    [InlineData("/sys/kernel/mm/transparent_hugepage/enabled")]
    [InlineData("/sys/kernel/uevent_helper")]
    [InlineData("/sys/class/net/lo/mtu")]
    public async Task Settings_of_the_kernel_cannot_be_written(string path)
    {
        Errno? error = await fixture.TryAsync(p => p.Call("openat", -100, p.Text(path), O_WRONLY, 0));

        Assert.Contains(error, new Errno?[] { Errno.EROFS, Errno.EACCES, Errno.EPERM, Errno.ENOENT });
        Assert.True(error != Errno.ENOENT || !File.Exists(path), $"{path} is missing inside.");
    }

    /// <summary>The release agent of a cgroup is a program that the kernel starts outside of every container (CVE-2022-0492).</summary>
    [Fact]
    public async Task Cgroups_cannot_be_made_or_configured()
    {
        string[] hierarchies = (await fixture.ShellAsync("ls /sys/fs/cgroup")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        foreach (string directory in hierarchies.Select(h => "/sys/fs/cgroup/" + h).Prepend("/sys/fs/cgroup"))
        {
            Assert.NotNull(await fixture.TryAsync(p => p.Call("mkdirat", -100, p.Text(directory + "/escape"), 0x1ED)));
            Assert.NotNull(await fixture.TryAsync(p => p.Call("openat", -100, p.Text(directory + "/release_agent"), O_WRONLY, 0)));
        }
    }

    [Theory]
    [InlineData("/proc/kcore")]
    [InlineData("/proc/keys")]
    [InlineData("/proc/timer_list")]
    [InlineData("/proc/sched_debug")]
    [InlineData("/proc/latency_stats")]
    [InlineData("/proc/interrupts")]
    public async Task Files_about_the_machine_are_empty(string path)
    {
        Assert.SkipUnless(File.Exists(path), $"missing capability: a kernel with {path}");

        Assert.Equal("0\n", await fixture.ShellAsync($"cat {path} | wc -c"));
    }

    [Theory]
    [InlineData("/proc/acpi")]
    [InlineData("/proc/scsi")]
    [InlineData("/proc/asound")]
    [InlineData("/sys/firmware")]
    [InlineData("/sys/devices/virtual/powercap")]
    public async Task Directories_about_the_machine_are_empty(string path)
    {
        Assert.SkipUnless(Directory.Exists(path), $"missing capability: a kernel with {path}");

        Assert.Equal("", await fixture.ShellAsync($"ls -A {path}"));
    }

    [Theory]
    [InlineData("/proc/sys")]
    [InlineData("/proc/sysrq-trigger")]
    [InlineData("/proc/irq")]
    [InlineData("/proc/bus")]
    [InlineData("/proc/fs")]
    [InlineData("/sys")]
    public async Task Paths_that_control_the_machine_are_mounted_read_only(string path)
    {
        Assert.SkipUnless(Path.Exists(path), $"missing capability: a kernel with {path}");
        string mounts = await fixture.ShellAsync("cat /proc/self/mountinfo");

        string[] fields = mounts.Split('\n').Select(line => line.Split(' ')).Last(f => f.Length > 5 && f[4] == path);
        Assert.Contains("ro", fields[5].Split(','));
    }

    [Fact]
    public async Task Privileged_container_may_configure_its_network()
        => Assert.Null(await fixture.TryAsync(p => p.Call("openat", -100, p.Text("/proc/sys/net/ipv4/ip_forward"), O_WRONLY, 0), s => s.WithPrivileged()));
}
